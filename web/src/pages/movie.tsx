import '../styles/detail.css'
import { useEffect } from 'react'
import { useQuery } from 'urql'
import { type Movie, MovieById, type Pick, Similar } from '../api/documents'
import { decoded, movieId } from '../api/place'
import { Store, useStore } from '../api/store'
import { Failure } from '../parts/failure'
import { day, genresOf, percent, sentence, stars, titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { Row } from '../parts/row'
import { Stars } from '../parts/stars'
import { Why } from '../parts/why'
import { coloursOf } from '../poster/poster'
import { filmOf, knownLook, Poster, useCast } from '../poster/view'
import { matchOf } from '../ranking/match'
import type { RankingState } from '../ranking/ranking'
import { reasonsOf } from '../ranking/shares'
import { actionsOf } from '../session/actions'
import { useMark } from '../session/marks'
import { useSession } from '../session/session'
import { t } from '../strings'

/** A film on a page of its own, when its address was opened directly. */
export function MoviePage({ id }: { id: string }) {
  return (
    <div className="detail-page">
      <MovieDetail id={movieId(decoded(id))} key={id} />
    </div>
  )
}

const nothing = new Store<RankingState>({
  phase: 'idle',
  picks: [],
  criteria: [],
  degraded: [],
  round: 0,
  finals: 0,
  settings: {},
})

export function MovieDetail({ id }: { id: string }) {
  const session = useSession()
  const state = useStore<RankingState>(session.ranking ?? nothing)
  const pick = state.picks.find(p => p.movie.id === id)
  const [{ data, error }, again] = useQuery({ query: MovieById, variables: { id } })
  useEffect(() => session.ranking?.ensure(), [session])
  const movie = data?.movie ?? pick?.movie
  useEffect(() => {
    if (!movie) return
    const before = document.title
    document.title = `${titleOf(movie)} · ${t.app}`
    return () => {
      document.title = before
    }
  }, [movie])
  if (error && !movie)
    return (
      <Failure
        message={error.graphQLErrors[0]?.message ?? t.states.noConnection}
        retry={() => again({ requestPolicy: 'network-only' })}
      />
    )
  if (data && !movie) return <Failure message={t.movie.missing} home />
  if (!movie) return <div className="detail-skeleton" />
  return (
    <article data-id={movie.id}>
      <Head movie={movie} pick={pick} best={state.picks[0]?.score ?? 0} />
      <div className="detail-body">
        {session.person && <Why movie={movie} state={state} />}
        <SimilarRow movie={movie} />
      </div>
    </article>
  )
}

function Head({ movie, pick, best }: { movie: Movie; pick?: Pick; best: number }) {
  const session = useSession()
  const mark = useMark(session.marks, movie)
  const act = actionsOf(session)
  useCast([movie])
  const colours = coloursOf(filmOf(movie), knownLook(movie.id))
  const match = pick && matchOf(pick.score, best)
  return (
    <div
      className="detail-head"
      ref={element => {
        element?.style.setProperty('--poster-a', colours.a)
        element?.style.setProperty('--poster-b', colours.b)
      }}
    >
      <div className="detail-poster">
        <Poster movie={movie} eager />
      </div>
      <div className="detail-facts">
        <p className="eyebrow">{pick ? t.movie.picked(pick.rank) : t.movie.unpicked}</p>
        <h1>{titleOf(movie)}</h1>
        <p className="meta">
          {match !== undefined && <b className="good">{t.hero.match(percent(match))}</b>}
          {movie.year && <span>{movie.year}</span>}
          <span>{genresOf(movie, 5)}</span>
          {movie.rating && <span>★ {stars(movie.rating)}</span>}
          <span>{t.movie.people(movie.watchCount)}</span>
        </p>
      </div>
      {session.person && (
        <div className="detail-acts">
          <div className="buttons">
            <button type="button" className="button primary" onClick={() => void act.toggleSeen(movie)}>
              <Icon name={mark.watchedAt ? 'undo' : 'check'} /> {mark.watchedAt ? t.movie.unsee : t.hero.seen}
            </button>
            <button
              type="button"
              className="button"
              onClick={() => void (mark.dismissed ? act.restore(movie) : act.dismiss(movie))}
            >
              <Icon name={mark.dismissed ? 'undo' : 'no'} /> {mark.dismissed ? t.movie.restore : t.hero.no}
            </button>
          </div>
          <Stars value={mark.rating} label={t.movie.rate} onRate={rating => void act.seen(movie, rating)} />
          {pick && (
            <ul className="detail-reasons">
              {reasonsOf(pick, 2).map(({ text }) => (
                <li key={text}>{sentence(text)}.</li>
              ))}
            </ul>
          )}
          {mark.watchedAt && <p className="detail-note">{t.movie.watchedOn(day(mark.watchedAt))}</p>}
          {mark.dismissed && <p className="detail-note">{t.movie.dismissed}</p>}
        </div>
      )}
    </div>
  )
}

function SimilarRow({ movie }: { movie: Movie }) {
  const [{ data, error }] = useQuery({ query: Similar, variables: { id: movie.id, first: 18 } })
  if (error) return null
  return (
    <Row
      name={`similar ${movie.id}`}
      title={t.movie.similar}
      plain={t.movie.similar}
      movies={data ? (data.movie?.similar ?? []) : undefined}
    />
  )
}
