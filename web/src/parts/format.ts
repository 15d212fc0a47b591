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

/** An age in the largest unit that it fills: dead letters stay for days. */
export function age(ms: number): string {
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ]
  const unit = units.find(([size]) => ms >= size)
  return unit ? `${(ms / unit[0]).toFixed(1)} ${unit[1]}` : `${Math.round(ms)} ms`
}
