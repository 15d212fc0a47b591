import type { Movie } from '../api/documents'
import { displayTitle } from '../poster/title'
import type { Entry } from './files'

/** What a file's film may be in the catalogue. */
export interface Match {
  entry: Entry
  sure?: Movie
  candidates: readonly Movie[] // for a person to choose from; none when nothing is like it
}

/** A title as it is compared: no case, accents, articles, punctuation, or second title in brackets. */
export function plainTitle(title: string): string {
  return displayTitle(title)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/^(the|a|an|la|le|les|il|el|los|der|die|das) /, '')
    .trim()
}

/** Every title that a film goes by: its own, and those in brackets. */
function namesOf(title: string): string[] {
  const others = [...title.matchAll(/\(([^)]+)\)/g)].map(m => m[1]!.replace(/^a\.k\.a\.\s*/i, ''))
  return [title, ...others].map(plainTitle).filter(Boolean)
}

const near = (a: number | null | undefined, b: number | undefined) =>
  b === undefined || (a != null && Math.abs(a - b) <= 1)

/**
 * Decides which of the films found is the file's: sure when exactly one has the title and the year (a year off is common
 * between services); else a person decides among those that are like it.
 */
export function match(entry: Entry, found: readonly Movie[]): Match {
  const own = entry.id && found.find(m => m.id === entry.id)
  const title = plainTitle(entry.title)
  const same = found.filter(m => namesOf(m.title).includes(title))
  if (own && same.includes(own)) return { entry, sure: own, candidates: [] }
  const exact = same.filter(m => entry.year !== undefined && m.year === entry.year)
  if (exact.length === 1) return { entry, sure: exact[0], candidates: [] }
  const close = same.filter(m => near(m.year, entry.year))
  if (close.length === 1 && entry.year !== undefined) return { entry, sure: close[0], candidates: [] }
  if (same.length === 1 && entry.year === undefined) return { entry, sure: same[0], candidates: [] }
  const alike = found.filter(m => same.includes(m) || (near(m.year, entry.year) && overlap(title, m.title) >= 0.5))
  return { entry, candidates: alike.slice(0, 5) }
}

/** How much of two titles' words they share. */
function overlap(title: string, other: string): number {
  const words = new Set(title.split(' '))
  return Math.max(
    ...namesOf(other).map(name => {
      const theirs = name.split(' ')
      return theirs.filter(w => words.has(w)).length / Math.max(words.size, theirs.length)
    }),
  )
}
