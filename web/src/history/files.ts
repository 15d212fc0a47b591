import type { Watch } from '../api/documents'
import { parseCsv, writeCsv } from './csv'

export type Kind = 'webflix' | 'letterboxd' | 'imdb'

/** A film as a file has it. */
export interface Entry {
  title: string
  year?: number
  watchedAt?: string // RFC 3339
  rating?: number // 0.5 to 5
  id?: string // a global id, from our own files
}

/** Reads a history file: ours, Letterboxd's or IMDb's. Returns undefined when it is none of them. */
export function readHistory(text: string): { kind: Kind; entries: Entry[] } | undefined {
  const [head, ...rows] = parseCsv(text)
  if (!head) return undefined
  const columns = new Map(head.map((name, i) => [name.trim().toLowerCase(), i]))
  const has = (...names: string[]) => names.every(name => columns.has(name))
  const kind: Kind | undefined = has('const', 'title')
    ? 'imdb'
    : has('name') && (has('letterboxd uri') || has('watched date') || has('year'))
      ? 'letterboxd'
      : has('title')
        ? 'webflix'
        : undefined
  if (!kind) return undefined
  const entries = rows
    .map(row => entryOf(kind, name => row[columns.get(name) ?? -1]?.trim() ?? ''))
    .filter(e => e.title)
  return { kind, entries: latest(entries) }
}

function entryOf(kind: Kind, cell: (name: string) => string): Entry {
  if (kind === 'imdb')
    return {
      title: cell('title') || cell('original title'),
      year: yearOf(cell('year')),
      watchedAt: dateOf(cell('date rated')),
      rating: ratingOf(cell('your rating'), 2),
    }
  if (kind === 'letterboxd')
    return {
      title: cell('name'),
      year: yearOf(cell('year')),
      watchedAt: dateOf(cell('watched date') || cell('date')),
      rating: ratingOf(cell('rating'), 1),
    }
  return {
    title: cell('title').replace(/^'(?=[=+\-@])/, ''),
    year: yearOf(cell('year')),
    watchedAt: dateOf(cell('watched at') || cell('date') || cell('watcheddate')),
    rating: ratingOf(cell('rating'), 1),
    id: /^movie:\d+$/.test(cell('id')) ? cell('id') : undefined,
  }
}

function yearOf(text: string): number | undefined {
  const year = Number(text)
  return Number.isInteger(year) && year > 1800 && year < 2200 ? year : undefined
}

/** A day is taken at noon in UTC: it is then the same day for nearly everyone. */
function dateOf(text: string): string | undefined {
  if (!text) return undefined
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T12:00:00Z` : text)
  return Number.isNaN(time) || time > Date.now() + 86_400_000 ? undefined : new Date(time).toISOString()
}

/** A rating on our scale of half stars, whatever the file's scale is. */
function ratingOf(text: string, divisor: number): number | undefined {
  const rating = Math.round((Number(text.replace(',', '.')) / divisor) * 2) / 2
  return text && rating >= 0.5 && rating <= 5 ? rating : undefined
}

/** A film that was watched several times counts once, with its last date, and with a rating if it ever got one. */
function latest(entries: Entry[]): Entry[] {
  const best = new Map<string, Entry>()
  for (const entry of entries) {
    const key = entry.id ?? `${entry.title.toLowerCase()}|${entry.year ?? ''}`
    const known = best.get(key)
    if (!known) best.set(key, entry)
    else {
      const newer = (entry.watchedAt ?? '') >= (known.watchedAt ?? '') ? entry : known
      best.set(key, { ...newer, rating: newer.rating ?? known.rating ?? entry.rating })
    }
  }
  return [...best.values()]
}

/** Our own file, which other services can read, too. */
export function writeHistory(watches: readonly Watch[]): string {
  const rows = watches.map(w => [
    w.movie.title,
    w.movie.year ? String(w.movie.year) : '',
    w.watchedAt,
    w.rating == null ? '' : String(w.rating),
    w.movie.id,
  ])
  return writeCsv([['Title', 'Year', 'Watched At', 'Rating', 'ID'], ...rows])
}
