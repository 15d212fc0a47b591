import '../styles/welcome.css'
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { useLocation } from 'wouter'
import { Genres, type Movie, Movies, RecordWatches, Trending } from '../api/documents'
import { titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { complain } from '../parts/toasts'
import { motifsOf } from '../poster/motifs'
import { palettes, plain } from '../poster/palette'
import { hash, random } from '../poster/random'
import { Poster, useCast } from '../poster/view'
import { enoughHistory } from '../ranking/settings'
import { useSession } from '../session/session'
import { save } from '../session/stored'
import { t } from '../strings'
import { groups } from '../welcome/groups'

const groupsWanted = 3

/** Finds the taste of a new person: three moods, or five films that they liked, or neither. */
export function WelcomePage() {
  const session = useSession()
  const [, navigate] = useLocation()
  const [moods, setMoods] = useState<readonly string[]>([])
  const [liked, setLiked] = useState<readonly Movie[]>([])
  const [sending, setSending] = useState(false)
  useEffect(() => {
    document.title = `${t.welcome.title(session.person!.name)} · ${t.app}`
  }, [session])

  const genres = useMemo(() => [...new Set(groups.filter(g => moods.includes(g.name)).flatMap(g => g.genres))], [moods])
  const ready = moods.length >= groupsWanted || liked.length >= enoughHistory

  async function go(skip = false) {
    setSending(true)
    try {
      if (!skip && liked.length > 0) {
        await session.command(RecordWatches, { input: { watches: liked.map(m => ({ movie: m.id, rating: 4 })) } })
        const watchedAt = new Date().toISOString()
        for (const m of liked) session.marks.set(m.id, { watchedAt, rating: 4, dismissed: false })
      }
      if (session.ended) return
      const start = skip || liked.length >= enoughHistory || genres.length === 0 ? undefined : genres
      const settings = { ...session.ranking!.get().settings, start }
      save(`settings.${session.person!.id}`, settings)
      session.ranking!.start(settings)
      navigate('/')
    } catch (error) {
      if (session.ended) return
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
      setSending(false)
    }
  }
  const toggle = (movie: Movie) =>
    setLiked(liked.some(m => m.id === movie.id) ? liked.filter(m => m.id !== movie.id) : [...liked, movie])

  return (
    <div className="page welcome">
      <div className="page-head">
        <h1>{t.welcome.title(session.person!.name)}</h1>
        <p className="lead">{t.welcome.lead}</p>
      </div>
      <Moods chosen={moods} onChange={setMoods} />
      <Films genres={genres} liked={liked} onToggle={toggle} />
      <div className="welcome-bar">
        <span role="status">
          {t.welcome.count(moods.length, groupsWanted)} {t.welcome.moods} ·{' '}
          {t.welcome.count(liked.length, enoughHistory)} {t.welcome.likes}
        </span>
        <button type="button" className="button primary" disabled={!ready || sending} onClick={() => void go()}>
          {t.welcome.go}
        </button>
        <button
          type="button"
          className="button"
          disabled={sending}
          onClick={() => void go(true)}
          title={t.welcome.skipHint}
        >
          {t.welcome.skip}
        </button>
      </div>
    </div>
  )
}

function Moods({ chosen, onChange }: { chosen: readonly string[]; onChange: (names: readonly string[]) => void }) {
  const [{ data }] = useQuery({ query: Genres })
  const there = useMemo(() => new Set(data?.genres.map(g => g.name)), [data])
  const usable = groups.filter(g => !data || g.genres.some(name => there.has(name)))
  return (
    <section aria-labelledby="moods">
      <h2 id="moods">{t.welcome.groups}</h2>
      <p className="lead">{t.welcome.groupsLead}</p>
      <div className="moods">
        {usable.map(group => {
          const on = chosen.includes(group.name)
          return (
            <button
              key={group.name}
              type="button"
              className="mood"
              aria-pressed={on}
              ref={e => {
                e?.style.setProperty('--from', group.from)
                e?.style.setProperty('--to', group.to)
              }}
              onClick={() => onChange(on ? chosen.filter(n => n !== group.name) : [...chosen, group.name])}
            >
              <MoodArt genre={group.genres[0]} />
              <b>{group.name}</b>
              <small>{group.genres.join(' · ')}</small>
              {on && <Icon name="check" />}
            </button>
          )
        })}
      </div>
    </section>
  )
}

/** A picture as a film of the genre may have it. */
function MoodArt({ genre }: { genre: string }) {
  const id = `m${useId().replace(/[^\w]/g, '')}`
  const markup = useMemo(() => motifsOf(genre)[0]!(random(hash(genre)), palettes[genre] ?? plain, id), [genre, id])
  return (
    <svg
      className="mood-art"
      viewBox="0 20 200 200"
      aria-hidden="true"
      focusable="false"
      // biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by our own code
      dangerouslySetInnerHTML={{ __html: markup }}
    />
  )
}

interface FilmsProps {
  genres: readonly string[]
  liked: readonly Movie[]
  onToggle: (movie: Movie) => void
}

function Films({ genres, liked, onToggle }: FilmsProps) {
  const [text, setText] = useState('')
  const search = useDeferredValue(text.trim())
  const [popular] = useQuery({ query: Trending, variables: { first: 28 }, pause: genres.length > 0 || search !== '' })
  const [found] = useQuery({
    query: Movies,
    variables: search
      ? { first: 14, search, orderBy: 'RELEVANCE' as const }
      : { first: 28, filter: { genres: [...genres] }, orderBy: 'POPULAR' as const },
    pause: genres.length === 0 && search === '',
  })
  const list = search || genres.length > 0 ? found.data?.movies.nodes : popular.data?.trending
  // What was chosen stays in sight, whatever is searched for: in its place where it is in the list, else in a row of its own.
  // The row is made when another list comes. Until then no film moves, not even one that is given up.
  const chosen = useRef(liked)
  chosen.current = liked
  const aside = useMemo(() => chosen.current.filter(m => !list?.some(l => l.id === m.id)), [list])
  useCast(useMemo(() => [...aside, ...(list ?? [])], [aside, list]))
  const grid = (movies: readonly Movie[]) => (
    <ul className="liked-grid">
      {movies.map(movie => (
        <Like key={movie.id} movie={movie} on={liked.some(m => m.id === movie.id)} onToggle={onToggle} />
      ))}
    </ul>
  )
  return (
    <section aria-labelledby="films">
      <h2 id="films">{t.welcome.films}</h2>
      <p className="lead">{t.welcome.filmsLead}</p>
      <div className="field find">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t.welcome.find}
          placeholder={t.welcome.find}
          value={text}
          onChange={e => setText(e.target.value)}
        />
      </div>
      {aside.length > 0 && (
        <section className="aside" aria-labelledby="aside">
          <h3 id="aside">{t.welcome.aside}</h3>
          {grid(aside)}
        </section>
      )}
      {grid(list ?? [])}
    </section>
  )
}

function Like({ movie, on, onToggle }: { movie: Movie; on: boolean; onToggle: (movie: Movie) => void }) {
  return (
    <li>
      <button type="button" className="like" aria-pressed={on} onClick={() => onToggle(movie)}>
        <Poster movie={movie} />
        <span className="hidden">
          {titleOf(movie)}
          {movie.year && `, ${movie.year}`}
        </span>
        {on && (
          <span className="like-mark" aria-hidden="true">
            <Icon name="check" />
          </span>
        )}
      </button>
    </li>
  )
}
