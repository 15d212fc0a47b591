import { memo } from 'react'
import type { Movie } from '../api/documents'
import { movieNumber } from '../api/place'
import { Poster } from '../poster/view'
import { matchOf } from '../ranking/match'
import { actionsOf } from '../session/actions'
import { useMark } from '../session/marks'
import { useSession } from '../session/session'
import { t } from '../strings'
import { styleOf } from './criterion'
import { genresOf, percent, titleOf } from './format'
import { Icon } from './icon'
import { MovieLink } from './movie-link'

export interface Ranked {
  rank: number
  moved: number // places up since the last order, negative for down
  score: number
  shares: readonly { criterion: string; score: number }[]
  best: number // the first film's score
}

interface Props {
  movie: Movie
  ranked?: Ranked
  /** Whether Tab stops here; the arrow keys reach the others of the row. */
  stop?: boolean
}

/** A film in a row or a grid. */
export const Card = memo(function Card({ movie, ranked, stop }: Props) {
  const session = useSession()
  const mark = useMark(session.marks, movie)
  const title = titleOf(movie)
  const match = ranked && matchOf(ranked.score, ranked.best)
  const state = mark.dismissed ? 'dismissed' : mark.watchedAt ? 'watched' : ''
  return (
    <li className={`card ${state}`} data-id={movie.id} data-number={movieNumber(movie.id)}>
      <div className="card-picture">
        <MovieLink movie={movie} className="card-link" tabIndex={stop ? 0 : -1}>
          <span className="hidden">
            {ranked && t.card.rank(ranked.rank)}
            {title}
            {movie.year && `, ${movie.year}`}, {genresOf(movie, 2)}
            {match !== undefined && t.card.match(percent(match))}
            {mark.watchedAt && t.card.watched}
            {mark.dismissed && t.card.dismissed}
          </span>
          <Poster movie={movie} />
        </MovieLink>
        {ranked && <Rank {...ranked} />}
        {mark.watchedAt && (
          <span className="badge-seen" aria-hidden="true">
            <Icon name="check" />
          </span>
        )}
        {session.person && <CardActions movie={movie} stop={stop} />}
      </div>
      <div className="card-caption" aria-hidden="true">
        <b>{title}</b>
        {match === undefined ? <span>{movie.year}</span> : <span className="card-score">{percent(match)}</span>}
      </div>
      {ranked && <ShareBar {...ranked} />}
    </li>
  )
}, same)

/** Cards are many: one is drawn anew only when something of it has changed. */
function same(a: Props, b: Props): boolean {
  const [x, y] = [a.ranked, b.ranked]
  if (a.movie !== b.movie || a.stop !== b.stop || !x !== !y) return false
  return !x || !y || (Object.keys(x) as (keyof Ranked)[]).every(key => x[key] === y[key])
}

function CardActions({ movie, stop }: Props) {
  const session = useSession()
  const mark = useMark(session.marks, movie)
  const title = titleOf(movie)
  const act = actionsOf(session)
  const tabIndex = stop ? 0 : -1
  return (
    <div className="card-actions">
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={mark.watchedAt ? t.card.unseen(title) : t.card.seen(title)}
        onClick={() => void act.toggleSeen(movie)}
      >
        <Icon name={mark.watchedAt ? 'undo' : 'check'} />
      </button>
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={mark.dismissed ? t.taste.restore(title) : t.card.no(title)}
        onClick={() => void (mark.dismissed ? act.restore(movie) : act.dismiss(movie))}
      >
        <Icon name={mark.dismissed ? 'undo' : 'no'} />
      </button>
    </div>
  )
}

function Rank({ rank, moved }: Ranked) {
  return (
    <>
      <span className="rank-number" aria-hidden="true">
        {rank}
      </span>
      {moved !== 0 && (
        <span key={`${rank} ${moved}`} className={moved > 0 ? 'rank-moved' : 'rank-moved down'} aria-hidden="true">
          {moved > 0 ? '▲' : '▼'} {Math.abs(moved)}
        </span>
      )}
    </>
  )
}

/** What a score is made of: as long as the score against the best one, in the criteria's colours. */
function ShareBar({ shares, score, best }: Ranked) {
  const positive = shares.filter(s => s.score > 0)
  const length = best > 0 ? Math.max(4, Math.min(100, (100 * score) / best)) : 4
  return (
    <div className="share-bar" aria-hidden="true">
      <span style={{ width: `${length}%` }}>
        {positive.map(s => (
          <i key={s.criterion} className={styleOf(s.criterion).tone} style={{ flexGrow: s.score }} />
        ))}
      </span>
    </div>
  )
}

export function CardSkeleton() {
  return (
    <li className="card skeleton" aria-hidden="true">
      <div className="card-picture" />
      <div className="card-caption">
        <b />
      </div>
    </li>
  )
}
