import type { Movie } from '../api/documents'
import { byRarity } from '../poster/palette'
import { displayTitle } from '../poster/title'

export const titleOf = (movie: { title: string }): string => displayTitle(movie.title)

export const genresOf = (movie: Pick<Movie, 'genres'>, most = 3): string => {
  const names = movie.genres.map(g => g.name)
  const known = byRarity(names)
  return (known.length ? known : names).slice(0, most).join(', ')
}

/** A whole number of per cent, with the sign that text has for less than nothing. */
export const percent = (n: number): string => `${n < 0 ? '−' : ''}${Math.abs(n)} %`

export const day = (iso: string): string =>
  new Date(iso).toLocaleDateString('en', { year: 'numeric', month: 'long', day: 'numeric' })

export const stars = (rating: number): string => rating.toFixed(1)

/** A text with a capital at its beginning. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
