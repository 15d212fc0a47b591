import '../styles/taste.css'
import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { Criteria, type Criterion, type Movie, Taste } from '../api/documents'
import type { ResultOf } from '../api/graphql'
import { useStore } from '../api/store'
import { RankedCards } from '../home/picks'
import { CardSkeleton } from '../parts/card'
import { Sign, styleOf } from '../parts/criterion'
import { Empty } from '../parts/empty'
import { Failure } from '../parts/failure'
import { sentence, titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { MovieLink } from '../parts/movie-link'
import { keys } from '../parts/row'
import { palettes, plain } from '../poster/palette'
import { Poster, useCast } from '../poster/view'
import type { Settings } from '../ranking/settings'
import { actionsOf } from '../session/actions'
import { useMark } from '../session/marks'
import { useSession } from '../session/session'
import { save } from '../session/stored'
import { t } from '../strings'

type TasteOf = NonNullable<NonNullable<ResultOf<typeof Taste>['viewer']>['taste']>

/** What the person watches most, what counts how much, and what they do not want to see. */
export function TastePage() {
  const [{ data, error }, again] = useQuery({ query: Taste, requestPolicy: 'cache-and-network' })
  useEffect(() => {
    document.title = `${t.taste.title} · ${t.app}`
  }, [])
  if (error && !data)
    return <Failure message={t.states.noConnection} retry={() => again({ requestPolicy: 'network-only' })} />
  const taste = data?.viewer?.taste
  return (
    <div className="page taste">
      <div className="page-head">
        <h1>{t.taste.title}</h1>
        <p className="lead">{taste?.watchCount ? t.taste.watched(taste.watchCount) : ' '}</p>
      </div>
      {taste?.watchCount === 0 ? (
        <Empty icon="taste" title={t.taste.none} lead={t.taste.noneLead}>
          <Link to="/welcome" className="button primary">
            {t.history.noneGo}
          </Link>
        </Empty>
      ) : (
        <div className="charts">
          <section aria-labelledby="genres">
            <h2 id="genres">{t.taste.genres}</h2>
            {taste && <GenreChart genres={taste.genres} />}
          </section>
          <section aria-labelledby="eras">
            <h2 id="eras">{t.taste.eras}</h2>
            {taste && <EraChart eras={taste.eras} />}
          </section>
        </div>
      )}
      <Weights />
      <Hidden movies={data?.viewer?.dismissed ?? undefined} />
    </div>
  )
}

const percent = (share: number) => Math.round(share * 100)

function GenreChart({ genres }: { genres: TasteOf['genres'] }) {
  const most = Math.max(...genres.map(g => g.share), 0.01)
  return (
    <ol className="genre-chart">
      {genres.slice(0, 10).map(g => (
        <li key={g.genre}>
          <Link to={`/browse?genre=${encodeURIComponent(g.genre)}`}>{g.genre}</Link>
          <span className="genre-bar" aria-hidden="true">
            <i style={{ width: `${(100 * g.share) / most}%`, background: barColour(g.genre) }} />
          </span>
          <span className="number">
            <span aria-hidden="true">{percent(g.share)} %</span>
            <span className="hidden">{t.taste.share(percent(g.share), g.count)}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}

/** A genre's own colour, one that shows on dark and light. */
function barColour(genre: string): string {
  const p = palettes[genre] ?? plain
  return `linear-gradient(90deg, ${p.a}, ${p.c === '#FFFFFF' ? p.a : p.c})`
}

function EraChart({ eras }: { eras: TasteOf['eras'] }) {
  const most = Math.max(...eras.map(e => e.count), 1)
  const first = eras[0]?.decade ?? 0
  const last = eras.at(-1)?.decade ?? -1
  const counts = new Map(eras.map(e => [e.decade, e]))
  const decades = Array.from({ length: Math.max(0, (last - first) / 10 + 1) }, (_, i) => first + i * 10)
  return (
    <ol className="era-chart">
      {decades.map(decade => {
        const era = counts.get(decade)
        return (
          <li key={decade}>
            <Link to={`/browse?from=${decade}&to=${decade + 9}`}>
              <span className="hidden">{t.taste.era(decade, era?.count ?? 0)}</span>
              <span className="era-count" aria-hidden="true">
                {era?.count ?? 0}
              </span>
              <span
                className="era-bar"
                aria-hidden="true"
                style={{ flex: `0 1 ${(86 * (era?.count ?? 0)) / most}%` }}
              />
              <span className="era-name" aria-hidden="true">
                ’{String(decade).slice(2)}s
              </span>
            </Link>
          </li>
        )
      })}
    </ol>
  )
}

/** The criteria's weights. Each change ranks anew, and the preview shows what it does. */
function Weights() {
  const session = useSession()
  const ranking = session.ranking!
  const state = useStore(ranking)
  const [{ data }] = useQuery({ query: Criteria })
  const criteria = data?.criteria
  const own = state.settings.weights
  const [draft, setDraft] = useState(own)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => ranking.ensure(), [ranking])
  useEffect(() => setDraft(own), [own])

  const apply = (weights: Settings['weights']) => {
    clearTimeout(timer.current)
    setDraft(weights)
    timer.current = setTimeout(() => {
      const settings = { ...ranking.get().settings, weights }
      save(`settings.${session.person!.id}`, settings)
      ranking.start(settings)
    }, 150)
  }
  const track = useRef<HTMLUListElement>(null)
  const top = useMemo(() => state.picks.slice(0, 12), [state.picks])
  return (
    <section aria-labelledby="weights" className="weights">
      <h2 id="weights">{t.taste.weights}</h2>
      <p className="lead">{t.taste.weightsLead}</p>
      <div className="sliders">{criteria && <Sliders criteria={criteria} weights={draft} onChange={apply} />}</div>
      <button type="button" className="button small" disabled={!draft} onClick={() => apply(undefined)}>
        <Icon name="undo" /> {t.taste.reset}
      </button>
      <h3>{t.taste.preview}</h3>
      <ul className="track live preview" ref={track} onKeyDown={keys}>
        {top.length > 0 ? (
          <RankedCards picks={top} track={track} />
        ) : (
          Array.from({ length: 8 }, (_, i) => <CardSkeleton key={i} />)
        )}
      </ul>
    </section>
  )
}

interface SlidersProps {
  criteria: readonly Criterion[]
  weights?: Record<string, number>
  onChange: (weights: Record<string, number>) => void
}

/** Sliders run from 0 to 100 per cent of the blend; moving one leaves the others, and the shares follow. */
function Sliders({ criteria, weights, onChange }: SlidersProps) {
  const learned = Object.fromEntries(criteria.map(c => [c.name, c.weight]))
  const now = { ...learned, ...weights }
  const total = criteria.reduce((sum, c) => sum + now[c.name]!, 0) || 1
  const most = Math.max(...Object.values(learned), ...Object.values(now), 0.01)
  const scale = useRef(most * 1.5)
  return criteria.map(c => {
    const weight = now[c.name]!
    return (
      <label key={c.name} className={`slider ${styleOf(c.name).tone}`}>
        <Sign criterion={c.name} />
        <span className="slider-name">
          <b>{styleOf(c.name).name}</b>
          <small>{sentence(c.description)}</small>
        </span>
        <input
          type="range"
          min={0}
          max={100}
          value={Math.round((100 * weight) / scale.current)}
          style={{ '--fill': `${Math.min(100, (100 * weight) / scale.current)}%` } as CSSProperties}
          aria-valuetext={`${Math.round((100 * weight) / total)} %`}
          onChange={e => onChange({ ...now, [c.name]: (Number(e.target.value) * scale.current) / 100 })}
        />
        <span className="number">{weight === 0 ? t.taste.zero : `${Math.round((100 * weight) / total)} %`}</span>
      </label>
    )
  })
}

function Hidden({ movies }: { movies?: readonly Movie[] }) {
  useCast(movies ?? none)
  return (
    <section aria-labelledby="hidden" className="hidden-films">
      <h2 id="hidden">{t.taste.hidden}</h2>
      <p className="lead">{movies?.length === 0 ? t.taste.hiddenNone : t.taste.hiddenLead}</p>
      <ul className="hidden-list">
        {movies?.map(movie => (
          <HiddenFilm key={movie.id} movie={movie} />
        ))}
      </ul>
    </section>
  )
}

const none: readonly Movie[] = []

function HiddenFilm({ movie }: { movie: Movie }) {
  const session = useSession()
  const mark = useMark(session.marks, movie)
  if (!mark.dismissed) return null
  const title = titleOf(movie)
  return (
    <li>
      <MovieLink movie={movie} className="hidden-film">
        <span className="thumb">
          <Poster movie={movie} />
        </span>
        {title}
      </MovieLink>
      <button type="button" className="button small" onClick={() => void actionsOf(session).restore(movie)}>
        <Icon name="undo" /> {t.taste.restoreShort}
        <span className="hidden">: {title}</span>
      </button>
    </li>
  )
}
