import { Dismiss, type Movie, RecordWatch, RemoveWatches, Restore } from '../api/documents'
import { titleOf } from '../parts/format'
import { complain, say } from '../parts/toasts'
import { t } from '../strings'
import type { Mark } from './marks'
import type { Session } from './session'

type Film = Pick<Movie, 'id' | 'title' | 'viewerState'>

/** What people do with films: shown at once, sent, taken back when the server says no, and undone when they think again. */
export function actionsOf(session: Session) {
  const { marks, ranking, live } = session

  /** Shows the mark, sends the change, ranks anew. Returns whether it worked, and the visit still goes on. */
  async function change(movie: Film, mark: Mark, send: () => Promise<unknown>): Promise<boolean> {
    if (!session.person || session.ended) return false
    if (live?.link === 'offline') {
      complain(t.toast.offline)
      return false
    }
    const before = marks.of(movie)
    marks.set(movie.id, mark)
    try {
      await send()
      ranking?.start()
      return !session.ended
    } catch (error) {
      if (session.ended) return false
      marks.set(movie.id, before)
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
      return false
    }
  }

  const record = (movie: Film, mark: Mark) =>
    change(movie, mark, () =>
      session.command(RecordWatch, { input: { movie: movie.id, watchedAt: mark.watchedAt, rating: mark.rating } }),
    )
  const remove = (movie: Film) =>
    change(movie, { ...marks.of(movie), watchedAt: null, rating: null }, () =>
      session.command(RemoveWatches, { input: { movies: [movie.id] } }),
    )
  /** Brings a film back to how it was, silently. */
  const back = (movie: Film, mark: Mark) => (mark.watchedAt ? record(movie, mark) : remove(movie))

  async function seen(movie: Film, rating: number | null = null): Promise<void> {
    const before = marks.of(movie)
    const mark = { ...before, watchedAt: before.watchedAt ?? new Date().toISOString(), rating: rating ?? before.rating }
    if (!(await record(movie, mark))) return
    const title = titleOf(movie)
    say(rating ? t.toast.rated(title, rating) : t.toast.seen(title), () => void back(movie, before))
  }

  async function unseen(movie: Film): Promise<void> {
    const before = marks.of(movie)
    if (await remove(movie)) say(t.toast.unseen(titleOf(movie)), () => void record(movie, before))
  }

  const sendDismissed = (movie: Film, dismissed: boolean) =>
    change(movie, { ...marks.of(movie), dismissed }, () =>
      session.command(dismissed ? Dismiss : Restore, { input: { movie: movie.id } }),
    )

  async function dismiss(movie: Film, dismissed: boolean): Promise<void> {
    if (!(await sendDismissed(movie, dismissed))) return
    const title = titleOf(movie)
    say(dismissed ? t.toast.dismissed(title) : t.toast.restored(title), () => void sendDismissed(movie, !dismissed))
  }

  return {
    seen,
    unseen,
    dismiss: (movie: Film) => dismiss(movie, true),
    restore: (movie: Film) => dismiss(movie, false),
    toggleSeen: (movie: Film) => (marks.of(movie).watchedAt ? unseen(movie) : seen(movie)),
  }
}
