import { useId, useMemo, useRef } from 'react'
import type { Pick } from '../api/documents'
import { Card, CardSkeleton } from '../parts/card'
import { keys, RowHead, useScrollKept } from '../parts/row'
import { useFocusStop } from '../parts/row-keys'
import { useSettled } from '../parts/use-settled'
import { useCast } from '../poster/view'
import type { RankingState } from '../ranking/ranking'
import { useFlip } from '../ranking/use-flip'
import { useSession } from '../session/session'
import { save } from '../session/stored'
import { t } from '../strings'

/** The live ranking: films glide to their places as criteria answer. */
export function Picks({ state }: { state: RankingState }) {
  const id = useId()
  const track = useRef<HTMLUListElement>(null)
  const waiting = state.picks.length === 0 && state.phase !== 'final' && state.phase !== 'failed'
  useScrollKept(track, 'picks', !waiting)
  return (
    <section className="row" aria-labelledby={id}>
      <RowHead id={id} title={t.rows.picks} plain={t.rows.picks} sub={t.rows.picksSub} track={track}>
        <SeenChip state={state} />
      </RowHead>
      <ul className="track live" ref={track} aria-busy={waiting} onKeyDown={keys}>
        {waiting ? (
          Array.from({ length: 10 }, (_, i) => <CardSkeleton key={i} />)
        ) : (
          <RankedCards picks={state.picks} track={track} />
        )}
      </ul>
      {!waiting && state.picks.length === 0 && <p className="row-none">{t.rows.none}</p>}
    </section>
  )
}

/** The cards of a live ranking, inside a list of the caller's. */
export function RankedCards({ picks, track }: { picks: readonly Pick[]; track: React.RefObject<HTMLElement | null> }) {
  const ids = useMemo(() => picks.map(p => p.movie.id), [picks])
  useCast(useMemo(() => picks.map(p => p.movie), [picks]))
  const known = useRef(new Map<string, Pick>())
  for (const pick of picks) known.current.set(pick.movie.id, pick)
  const shown = useSettled(track, ids)
  useFlip(track, shown)
  const moved = useMoved(shown)
  const stop = useFocusStop(shown)
  const best = picks[0]?.score ?? 0
  return shown.map((movie, i) => {
    const pick = known.current.get(movie)!
    return (
      <Card
        key={movie}
        movie={pick.movie}
        stop={movie === stop.id}
        ranked={{ rank: i + 1, moved: moved.get(movie) ?? 0, score: pick.score, shares: pick.shares, best }}
      />
    )
  })
}

/** How many places each film went up with the last change of order. */
function useMoved(shown: readonly string[]): Map<string, number> {
  const last = useRef<{ order: readonly string[]; moved: Map<string, number> }>({ order: [], moved: new Map() })
  if (last.current.order !== shown) {
    const before = new Map(last.current.order.map((id, i) => [id, i]))
    const moved = new Map(shown.flatMap((id, i) => (before.has(id) ? [[id, before.get(id)! - i] as const] : [])))
    last.current = { order: shown, moved }
  }
  return last.current.moved
}

function SeenChip({ state }: { state: RankingState }) {
  const session = useSession()
  const on = state.settings.seen ?? false
  return (
    <button
      type="button"
      className="filter-chip"
      aria-pressed={on}
      onClick={() => {
        const settings = { ...state.settings, seen: !on }
        save(`settings.${session.person!.id}`, settings)
        session.ranking!.start(settings)
      }}
    >
      {t.rank.seen}
    </button>
  )
}
