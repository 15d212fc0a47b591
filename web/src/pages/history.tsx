import '../styles/history.css'
import '../styles/detail.css'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import { History, RecordWatches, RemoveWatches, type Watch } from '../api/documents'
import { noPages, type Pages, readOn } from '../api/pages'
import { writeHistory } from '../history/files'
import { ImportDialog } from '../history/import-dialog'
import { Empty } from '../parts/empty'
import { Failure, NoMore } from '../parts/failure'
import { genresOf, titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { MovieLink } from '../parts/movie-link'
import { Stars } from '../parts/stars'
import { complain, say } from '../parts/toasts'
import { Poster, useCast } from '../poster/view'
import { actionsOf } from '../session/actions'
import { useMark } from '../session/marks'
import { useSession } from '../session/session'
import { t } from '../strings'

/** What the person watched, by date. */
export function HistoryPage() {
  const session = useSession()
  const list = useHistory()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [importing, setImporting] = useState(false)
  const watches = list.watches
  useCast(useMemo(() => watches?.map(w => w.movie) ?? [], [watches]))
  useEffect(() => {
    document.title = `${t.history.title} · ${t.app}`
  }, [])

  async function remove(ids: string[]) {
    try {
      const { result } = await session.command(RemoveWatches, { input: { movies: ids } })
      if (session.ended) return
      const gone = result.__typename === 'HistoryPayload' ? result.watches : []
      list.drop(new Set(ids))
      setSelected(new Set())
      for (const id of ids) session.marks.set(id, { watchedAt: null, rating: null, dismissed: false })
      session.ranking!.start()
      say(t.toast.removed(ids.length), () => void restore(gone))
    } catch (error) {
      if (!session.ended) complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
  }
  async function restore(gone: readonly { watchedAt: string; rating: number | null; movie: { id: string } }[]) {
    try {
      await session.command(RecordWatches, {
        input: { watches: gone.map(w => ({ movie: w.movie.id, watchedAt: w.watchedAt, rating: w.rating })) },
      })
      if (session.ended) return
      for (const w of gone)
        session.marks.set(w.movie.id, { watchedAt: w.watchedAt, rating: w.rating, dismissed: false })
      session.ranking!.start()
      list.reload()
    } catch (error) {
      if (!session.ended) complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
  }
  const select = (id: string, on: boolean) => {
    const next = new Set(selected)
    if (on) next.add(id)
    else next.delete(id)
    setSelected(next)
  }

  if (list.error && !watches) return <Failure message={list.error} retry={list.reload} />
  return (
    <div className="page history">
      <div className="page-head">
        <h1>{t.history.title}</h1>
        <p className="found" role="status">
          {list.total == null ? '' : t.history.count(list.total)}
        </p>
        <div className="buttons">
          <button type="button" className="button small" onClick={() => setImporting(true)}>
            <Icon name="up" /> {t.history.import}
          </button>
          <Export disabled={!list.total} />
        </div>
      </div>
      {selected.size > 0 && (
        <div className="bulk" role="region" aria-label={t.history.selected(selected.size)}>
          <b>{t.history.selected(selected.size)}</b>
          <button type="button" className="button small primary" onClick={() => void remove([...selected])}>
            <Icon name="trash" /> {t.history.remove}
          </button>
          <button type="button" className="button small" onClick={() => setSelected(new Set())}>
            {t.history.clear}
          </button>
        </div>
      )}
      {watches?.length === 0 && !list.more && (
        <Empty icon="history" title={t.history.none} lead={t.history.noneLead}>
          <Link to="/welcome" className="button primary">
            {t.history.noneGo}
          </Link>
        </Empty>
      )}
      {byDay(watches ?? []).map(([name, group]) => (
        <section key={name} aria-label={name}>
          <h2>{name}</h2>
          <ul className="watches">
            {group.map(watch => (
              <Line
                key={watch.movie.id}
                watch={watch}
                selected={selected.has(watch.movie.id)}
                onSelect={on => select(watch.movie.id, on)}
                onRemove={() => void remove([watch.movie.id])}
              />
            ))}
          </ul>
        </section>
      ))}
      {list.more && (
        <div className="load-more">
          {list.error && <NoMore message={list.error} />}
          <button type="button" className="button" disabled={list.waiting} onClick={list.more}>
            {list.waiting ? t.browse.loading : list.error ? t.states.retry : t.history.more}
          </button>
        </div>
      )}
      {importing && <ImportDialog onClose={() => setImporting(false)} onDone={list.reload} />}
    </div>
  )
}

/** The film as it was when the list was read. */
const filmOf = ({ movie, watchedAt, rating }: Watch) => ({
  ...movie,
  viewerState: { watchedAt, rating, dismissed: false },
})

interface LineProps {
  watch: Watch
  selected: boolean
  onSelect: (on: boolean) => void
  onRemove: () => void
}

function Line({ watch, selected, onSelect, onRemove }: LineProps) {
  const { movie } = watch
  const session = useSession()
  const mark = useMark(session.marks, filmOf(watch))
  const title = titleOf(movie)
  return (
    <li className={selected ? 'watch selected' : 'watch'} data-id={movie.id}>
      <label className="tick">
        <input type="checkbox" checked={selected} onChange={e => onSelect(e.target.checked)} />
        <span className="hidden">{t.history.select(title)}</span>
      </label>
      <MovieLink movie={movie} className="watch-film">
        <span className="thumb">
          <Poster movie={movie} />
        </span>
        <span>
          <b>{title}</b>
          <small>{[movie.year, genresOf(movie, 2)].filter(Boolean).join(' · ')}</small>
        </span>
      </MovieLink>
      <Stars
        compact
        value={mark.rating}
        label={`${t.movie.rate}: ${title}`}
        onRate={rating => void actionsOf(session).seen(filmOf(watch), rating)}
      />
      <time dateTime={watch.watchedAt}>{momentOf(new Date(watch.watchedAt))}</time>
      <button type="button" className="icon-button" aria-label={t.history.removeOne(title)} onClick={onRemove}>
        <Icon name="trash" />
      </button>
    </li>
  )
}

function Export({ disabled }: { disabled: boolean }) {
  const session = useSession()
  const [busy, setBusy] = useState(false)
  async function save() {
    setBusy(true)
    try {
      const all: Watch[] = []
      for (let after: string | null = null; ; ) {
        const data: Awaited<ReturnType<typeof readPage>> = await readPage(after)
        const page = data.viewer?.history
        if (!page) break
        all.push(...page.nodes)
        if (!page.pageInfo.hasNextPage) break
        after = page.pageInfo.endCursor
      }
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([writeHistory(all)], { type: 'text/csv' }))
      link.download = 'webflix-history.csv'
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
    } catch (error) {
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
    setBusy(false)
  }
  const readPage = (after: string | null) => session.read(History, { first: 100, after })
  return (
    <button type="button" className="button small" disabled={disabled || busy} onClick={() => void save()}>
      <Icon name="down" /> {busy ? t.history.exporting : t.history.export}
    </button>
  )
}

/** Groups watches, which are newest first, under today, yesterday, days and months. */
export function byDay(watches: readonly Watch[], now = new Date()): [string, Watch[]][] {
  const groups = new Map<string, Watch[]>()
  for (const watch of watches) {
    const name = dayName(new Date(watch.watchedAt), now)
    groups.set(name, [...(groups.get(name) ?? []), watch])
  }
  return [...groups]
}

/** What the heading of its group leaves open: the time of a day in the last week, else the day. */
function momentOf(date: Date, now = new Date()): string {
  if (daysAgo(date, now) < 7)
    return date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return date.toLocaleDateString('en', { month: 'short', day: 'numeric' })
}

function daysAgo(date: Date, now: Date): number {
  const midnight = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
  return Math.round((midnight(now) - midnight(date)) / 86_400_000)
}

function dayName(date: Date, now: Date): string {
  const days = daysAgo(date, now)
  if (days <= 0) return t.history.today
  if (days === 1) return t.history.yesterday
  if (days < 7) return date.toLocaleDateString('en', { weekday: 'long', month: 'long', day: 'numeric' })
  return date.toLocaleDateString('en', { month: 'long', year: 'numeric' })
}

const size = 60

interface Shown {
  pages?: Pages<Watch>
  dropped: ReadonlySet<string> // taken out of the history, and off the page at once
  waiting?: boolean
  error?: string
}

/** The history, page after page, newest first. */
function useHistory() {
  const session = useSession()
  const [{ pages, dropped, waiting, error }, setState] = useState<Shown>({ dropped: new Set() })
  const newest = useRef(0)
  const load = useCallback(
    async (before: Pages<Watch>) => {
      const mine = ++newest.current
      setState(s => ({ ...s, waiting: true }))
      // What is watched no more on this visit has left the history, here or in a film's dialog.
      const gone = before.items.filter(w => session.marks.of(filmOf(w)).watchedAt === null).length
      try {
        const read = (after: string | null) => session.read(History, { first: size, after })
        const next = await readOn(
          before,
          gone,
          (w: Watch) => w.movie.id,
          async after => (await read(after)).viewer?.history ?? nothing,
        )
        if (mine === newest.current)
          setState(s => ({ pages: next, dropped: before === noPages ? new Set() : s.dropped }))
      } catch (error) {
        if (mine === newest.current) setState(s => ({ ...s, waiting: false, error: (error as Error).message }))
      }
    },
    [session],
  )
  useEffect(() => void load(noPages), [load])
  return {
    watches: useMemo(() => pages?.items.filter(w => !dropped.has(w.movie.id)), [pages, dropped]),
    total: pages?.total,
    waiting,
    error,
    reload: () => void load(noPages),
    more: pages?.open ? () => void load(pages) : undefined,
    drop: (ids: ReadonlySet<string>) =>
      setState(s => ({
        ...s,
        pages: s.pages && { ...s.pages, total: s.pages.total === null ? null : s.pages.total - ids.size },
        dropped: new Set([...s.dropped, ...ids]),
      })),
  }
}

const nothing = { nodes: [], totalCount: null, pageInfo: { hasNextPage: false, endCursor: null } }
