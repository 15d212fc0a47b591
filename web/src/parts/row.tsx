import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { Link } from 'wouter'
import type { Movie } from '../api/documents'
import { useCast } from '../poster/view'
import { t } from '../strings'
import { Card, CardSkeleton } from './card'
import { Icon } from './icon'
import { moveFocus, useFocusStop } from './row-keys'

interface HeadProps {
  id: string
  title: ReactNode
  plain: string
  sub?: string
  more?: { to: string; label: string }
  track: RefObject<HTMLElement | null>
  children?: ReactNode // controls of the row's own
}

export function RowHead({ id, title, plain, sub, more, track, children }: HeadProps) {
  const scroll = (direction: number) =>
    track.current?.scrollBy({ left: direction * track.current.clientWidth * 0.85, behavior: 'smooth' })
  return (
    <div className="row-head">
      <h2 id={id}>{title}</h2>
      {sub && <p>{sub}</p>}
      {children}
      {more && (
        <Link to={more.to} className="more">
          {more.label}
          <span className="hidden">: {plain}</span> <Icon name="right" />
        </Link>
      )}
      <div className="arrows">
        <button type="button" aria-label={t.rows.back(plain)} onClick={() => scroll(-1)}>
          <Icon name="left" />
        </button>
        <button type="button" aria-label={t.rows.on(plain)} onClick={() => scroll(1)}>
          <Icon name="right" />
        </button>
      </div>
    </div>
  )
}

interface Props {
  name: string // distinguishes the row on its page, to keep its scroll position
  title: ReactNode
  plain: string
  sub?: string
  more?: { to: string; label: string }
  movies?: readonly Movie[] // undefined while they are loading
}

/** A titled row of films that scrolls sideways. */
export function Row({ name, title, plain, sub, more, movies }: Props) {
  const id = useId()
  const track = useRef<HTMLUListElement>(null)
  useScrollKept(track, name, movies !== undefined)
  useCast(movies ?? none)
  const stop = useFocusStop(movies?.map(m => m.id) ?? [])
  if (movies?.length === 0) return null
  return (
    <section className="row" aria-labelledby={id}>
      <RowHead id={id} title={title} plain={plain} sub={sub} more={more} track={track} />
      <ul className="track" ref={track} aria-busy={!movies} onFocus={stop.onFocus} onKeyDown={keys}>
        {movies
          ? movies.map(movie => <Card key={movie.id} movie={movie} stop={movie.id === stop.id} />)
          : Array.from({ length: 10 }, (_, i) => <CardSkeleton key={i} />)}
      </ul>
    </section>
  )
}

export const keys = (event: KeyboardEvent<HTMLElement>) => {
  if (moveFocus(event.key, event.target as HTMLElement)) event.preventDefault()
}

const none: readonly Movie[] = []

const offsets = new Map<string, number>()

/** Keeps a row's sideways scroll position while the page is away. */
export function useScrollKept(track: RefObject<HTMLElement | null>, name: string, ready: boolean): void {
  useLayoutEffect(() => {
    if (ready && track.current) track.current.scrollLeft = offsets.get(name) ?? 0
  }, [ready, name, track])
  useEffect(() => {
    const element = track.current
    const note = () => element && offsets.set(name, element.scrollLeft)
    element?.addEventListener('scroll', note, { passive: true })
    return () => element?.removeEventListener('scroll', note)
  }, [name, track])
}

/** Whether an element has come near the screen, once and for all. */
export function useNear(ref: RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(typeof IntersectionObserver === 'undefined')
  useEffect(() => {
    if (near || !ref.current) return
    const watcher = new IntersectionObserver(entries => entries.some(e => e.isIntersecting) && setNear(true), {
      rootMargin: '500px',
    })
    watcher.observe(ref.current)
    return () => watcher.disconnect()
  }, [near, ref])
  return near
}
