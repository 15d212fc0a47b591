import { memo, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Movie } from '../api/documents'
import { noteMovies } from '../shell/focused'
import { cast } from './cast'
import { draw, type Film, type Look } from './poster'

export const filmOf = (movie: Pick<Movie, 'id' | 'title' | 'year' | 'genres'>): Film => ({
  id: movie.id,
  title: movie.title,
  year: movie.year,
  genres: movie.genres.map(g => g.name),
})

/** The looks given on this visit: a film keeps its own. */
const looks = new Map<string, Look>()

/** Sees to it that no two films of a list are twins. Call it before the posters are drawn. */
export function useCast(movies: readonly Movie[]): void {
  useMemo(() => {
    cast(movies.map(filmOf), looks)
    noteMovies(movies)
  }, [movies])
}

export const knownLook = (id: string): Look | undefined => looks.get(id)

const onScreen = new WeakMap<Element, () => void>()
let watcher: IntersectionObserver | undefined

/** Posters drawn in one frame: more of them, and a key or a click would have to wait. */
const atOnce = 6
const waiting: (() => void)[] = []

function drawSome() {
  for (const near of waiting.splice(0, atOnce)) near()
  if (waiting.length > 0) requestAnimationFrame(drawSome)
}

function watch(element: Element, near: () => void): () => void {
  watcher ??= new IntersectionObserver(
    entries => {
      const idle = waiting.length === 0
      for (const entry of entries)
        if (entry.isIntersecting) {
          const show = onScreen.get(entry.target)
          if (show) waiting.push(show)
          watcher?.unobserve(entry.target)
        }
      if (idle && waiting.length > 0) drawSome()
    },
    { rootMargin: '300px 600px' },
  )
  onScreen.set(element, near)
  watcher.observe(element)
  return () => watcher?.unobserve(element)
}

interface PosterProps {
  movie: Pick<Movie, 'id' | 'title' | 'year' | 'genres'>
  eager?: boolean
}

/** A film's poster. It is drawn when it comes near the screen. */
export const Poster = memo(
  function Poster({ movie, eager }: PosterProps) {
    const id = `p${useId().replace(/[^\w]/g, '')}`
    const ref = useRef<SVGSVGElement>(null)
    const [near, setNear] = useState(eager ?? typeof IntersectionObserver === 'undefined')
    useEffect(() => {
      if (!near && ref.current) return watch(ref.current, () => setNear(true))
    }, [near])
    // biome-ignore lint/correctness/useExhaustiveDependencies: a film's poster is always the same, however often the server sends it
    const markup = useMemo(() => (near ? draw(filmOf(movie), id, looks.get(movie.id)) : ''), [near, movie.id, id])
    return (
      <svg
        ref={ref}
        className="poster"
        viewBox="0 0 200 300"
        aria-hidden="true"
        focusable="false"
        // biome-ignore lint/security/noDangerouslySetInnerHtml: drawn by our own code, titles escaped
        dangerouslySetInnerHTML={{ __html: markup }}
      />
    )
  },
  (a, b) => a.movie.id === b.movie.id && a.eager === b.eager,
)
