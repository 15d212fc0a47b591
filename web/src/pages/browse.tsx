import '../styles/browse.css'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { useLocation, useSearch } from 'wouter'
import { Genres } from '../api/documents'
import { type Choice, cycle, parse, type Sort, sorts, write } from '../browse/choice'
import { usePages } from '../browse/use-pages'
import { Card, CardSkeleton } from '../parts/card'
import { Empty } from '../parts/empty'
import { Failure, NoMore } from '../parts/failure'
import { Icon } from '../parts/icon'
import { keys } from '../parts/row'
import { useFocusStop } from '../parts/row-keys'
import { useCast } from '../poster/view'
import { useSession } from '../session/session'
import { t } from '../strings'

/** Every film, searched, filtered and sorted. The address says it all: it can be shared, and Back works. */
export function Browse() {
  const [, navigate] = useLocation()
  const search = useSearch()
  const choice = useMemo(() => parse(search), [search])
  const asked = useDeferredValue(choice)
  const { movies, total, more, waiting, error, again } = usePages(asked)
  useCast(movies ?? none)
  const stop = useFocusStop(useMemo(() => movies?.map(m => m.id) ?? [], [movies]))
  useEffect(() => {
    document.title = `${t.browse.title} · ${t.app}`
  }, [])
  const change = (next: Partial<Choice>) => navigate(`/browse${write({ ...choice, ...next })}`, { replace: true })

  return (
    <div className="page">
      <div className="page-head">
        <h1>{choice.q ? `“${choice.q}”` : t.browse.title}</h1>
        <p className="found" role="status">
          {total === undefined || total === null ? '' : t.browse.found(total)}
        </p>
      </div>
      <Filters choice={choice} onChange={change} />
      {error && !movies ? (
        <Failure message={error} retry={again} />
      ) : movies?.length === 0 ? (
        <Empty icon="search" title={t.browse.none} lead={t.browse.noneLead}>
          <button type="button" className="button primary" onClick={() => navigate('/browse')}>
            {t.browse.clear}
          </button>
        </Empty>
      ) : (
        <>
          <ul className="grid" onKeyDown={keys} onFocus={stop.onFocus} aria-busy={waiting}>
            {movies
              ? movies.map(movie => <Card key={movie.id} movie={movie} stop={movie.id === stop.id} />)
              : Array.from({ length: 24 }, (_, i) => <CardSkeleton key={i} />)}
          </ul>
          {more && <More onMore={more} waiting={waiting} error={error} />}
        </>
      )}
    </div>
  )
}

const none: never[] = []

interface MoreProps {
  onMore: () => void
  waiting: boolean
  error?: string
}

/** The button for more, which presses itself when it comes near, but not again what has just failed. */
function More({ onMore, waiting, error }: MoreProps) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = ref.current
    if (!element || waiting || error || typeof IntersectionObserver === 'undefined') return
    const watcher = new IntersectionObserver(entries => entries.some(e => e.isIntersecting) && onMore(), {
      rootMargin: '400px',
    })
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [onMore, waiting, error])
  return (
    <div className="load-more" ref={ref}>
      {error && <NoMore message={error} />}
      <button type="button" className="button" disabled={waiting} onClick={onMore}>
        {waiting ? t.browse.loading : error ? t.states.retry : t.browse.more}
      </button>
    </div>
  )
}

function Filters({ choice, onChange }: { choice: Choice; onChange: (next: Partial<Choice>) => void }) {
  const { person } = useSession()
  const [{ data }] = useQuery({ query: Genres })
  const [open, setOpen] = useState(false) // matters on small screens alone
  const filtered = write({ ...choice, q: '', sort: undefined }) !== ''
  const chips = useRef<HTMLDivElement>(null)
  // On a small screen the genres are one line: it begins where the chosen one is in sight.
  useEffect(() => {
    const line = chips.current
    const chosen = data && (line?.querySelector<HTMLElement>('.with') ?? line?.querySelector<HTMLElement>('.without'))
    if (line && chosen)
      line.scrollLeft = chosen.offsetLeft - line.offsetLeft - (line.clientWidth - chosen.offsetWidth) / 2
  }, [data])
  return (
    <section className="filters" aria-label={t.browse.filters}>
      <fieldset>
        <legend className="hidden">
          {t.browse.genres}. {t.browse.genresHint}
        </legend>
        <div className="genre-chips" ref={chips}>
          {data?.genres.map(({ name }) => {
            const state = choice.genres.includes(name) ? 'with' : choice.without.includes(name) ? 'without' : ''
            return (
              <button
                key={name}
                type="button"
                className={`filter-chip ${state}`}
                aria-pressed={state === 'with' ? true : state === 'without' ? 'mixed' : false}
                title={t.browse.genresHint}
                onClick={() => onChange(cycle(choice, name))}
              >
                {state && <span aria-hidden="true">{state === 'with' ? '✓ ' : '✕ '}</span>}
                {name}
                {state && <span className="hidden">{t.browse[state]}</span>}
              </button>
            )
          }) ?? <span className="chips-space" />}
        </div>
      </fieldset>
      <button
        type="button"
        className="filter-chip filters-toggle"
        aria-expanded={open}
        aria-controls="filter-line"
        onClick={() => setOpen(!open)}
      >
        <Icon name="filter" /> {t.browse.filters}
      </button>
      <div className={open ? 'filter-line open' : 'filter-line'} id="filter-line">
        <Year label={t.browse.from} value={choice.from} onChange={from => onChange({ from })} />
        <Year label={t.browse.to} value={choice.to} onChange={to => onChange({ to })} />
        <label>
          <span>{t.browse.rating}</span>
          <select
            className="field"
            value={choice.rating ?? ''}
            onChange={e => onChange({ rating: e.target.value ? Number(e.target.value) : undefined })}
          >
            <option value="">{t.browse.any}</option>
            {[3, 3.5, 4, 4.25].map(r => (
              <option key={r} value={r}>
                {r} ★
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{t.browse.sort}</span>
          <select
            className="field"
            value={choice.sort ?? (choice.q ? 'RELEVANCE' : 'POPULAR')}
            onChange={e => onChange({ sort: e.target.value as Sort })}
          >
            {sorts
              .filter(s => s !== 'RELEVANCE' || choice.q)
              .map(s => (
                <option key={s} value={s}>
                  {t.browse.orders[s]}
                </option>
              ))}
          </select>
        </label>
        {person && (
          <button
            type="button"
            className="filter-chip"
            aria-pressed={choice.unseen}
            onClick={() => onChange({ unseen: !choice.unseen })}
          >
            {t.browse.hideSeen}
          </button>
        )}
        {filtered && (
          <button
            type="button"
            className="link"
            onClick={() =>
              onChange({ genres: [], without: [], from: undefined, to: undefined, rating: undefined, unseen: false })
            }
          >
            {t.browse.clear}
          </button>
        )}
      </div>
    </section>
  )
}

function Year({ label, value, onChange }: { label: string; value?: number; onChange: (year?: number) => void }) {
  return (
    <label>
      <span>{label}</span>
      <input
        className="field year"
        type="number"
        inputMode="numeric"
        min={1870}
        max={2100}
        placeholder={t.browse.any}
        // A year that is still being typed is nobody's filter yet.
        defaultValue={value}
        key={value === undefined ? 'none' : 'some'}
        onChange={e => {
          const year = Number(e.target.value)
          if (!e.target.value) onChange(undefined)
          else if (year >= 1870 && year <= 2100) onChange(year)
        }}
      />
    </label>
  )
}
