import type { Movies } from '../api/documents'
import type { VariablesOf } from '../api/graphql'

export const sorts = ['POPULAR', 'RATING', 'NEWEST', 'TITLE', 'RELEVANCE'] as const
export type Sort = (typeof sorts)[number]

/** What a browse page shows, as its address says it. */
export interface Choice {
  q: string
  genres: string[]
  without: string[]
  from?: number
  to?: number
  rating?: number
  unseen: boolean
  sort?: Sort
}

const number = (text: string | null) =>
  text !== null && text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined

/** Reads an address. What makes no sense in it is left out. */
export function parse(search: string): Choice {
  const query = new URLSearchParams(search)
  const sort = query.get('sort') as Sort
  return {
    q: query.get('q')?.trim() ?? '',
    genres: query.getAll('genre'),
    without: query.getAll('without'),
    from: number(query.get('from')),
    to: number(query.get('to')),
    rating: number(query.get('rating')),
    unseen: query.get('unseen') === '1',
    sort: sorts.includes(sort) ? sort : undefined,
  }
}

/** Writes an address that parse reads, "" for no choice at all. */
export function write(choice: Choice): string {
  const query = new URLSearchParams()
  if (choice.q) query.set('q', choice.q)
  for (const genre of choice.genres) query.append('genre', genre)
  for (const genre of choice.without) query.append('without', genre)
  if (choice.from !== undefined) query.set('from', String(choice.from))
  if (choice.to !== undefined) query.set('to', String(choice.to))
  if (choice.rating !== undefined) query.set('rating', String(choice.rating))
  if (choice.unseen) query.set('unseen', '1')
  if (choice.sort) query.set('sort', choice.sort)
  return query.size ? `?${query}` : ''
}

/** A genre's chip goes from nothing to "of it", to "without it", to nothing. */
export function cycle({ genres, without }: Choice, genre: string): Pick<Choice, 'genres' | 'without'> {
  if (genres.includes(genre)) return { genres: genres.filter(g => g !== genre), without: [...without, genre] }
  if (without.includes(genre)) return { genres, without: without.filter(g => g !== genre) }
  return { genres: [...genres, genre], without }
}

export function variablesOf(choice: Choice): Omit<VariablesOf<typeof Movies>, 'first' | 'after'> {
  return {
    search: choice.q || null,
    filter: {
      ...(choice.genres.length ? { genres: choice.genres } : {}),
      ...(choice.without.length ? { withoutGenres: choice.without } : {}),
      ...(choice.from !== undefined ? { fromYear: choice.from } : {}),
      ...(choice.to !== undefined ? { toYear: choice.to } : {}),
      ...(choice.rating !== undefined ? { minRating: choice.rating } : {}),
      ...(choice.unseen ? { seen: false } : {}),
    },
    orderBy: choice.sort ?? (choice.q ? 'RELEVANCE' : 'POPULAR'),
  }
}
