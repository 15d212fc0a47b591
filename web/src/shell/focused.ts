import type { Movie } from '../api/documents'

type Film = Pick<Movie, 'id' | 'title' | 'viewerState'>

const shown = new Map<string, Film>()

/** Notes films that are on screen, so that keys can act on the one that has the focus. */
export function noteMovies(movies: readonly Film[]): void {
  for (const movie of movies) shown.set(movie.id, movie)
}

/** The film that the focus is on: a card's, or the one in the dialog. */
export function focusedMovie(): Film | undefined {
  const id = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset.id
  return id ? shown.get(id) : undefined
}
