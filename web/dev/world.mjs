// A made-up world for trying the web app without a server: films, people, histories, and criteria that answer in time,
// late, or not at all.
import { readFileSync } from 'node:fs'

const lines = readFileSync(new URL('films.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
export const films = lines.map((line, i) => {
  const [id, title, year, genres] = line.split('|')
  return {
    id: `movie:${id}`,
    title,
    year: +year,
    genreNames: genres.split(','),
    watchCount: 900 - i * 11,
    rating: 3.2 + ((i * 7) % 17) / 10,
  }
})
export const filmById = new Map(films.map(film => [film.id, film]))

const counts = new Map()
for (const film of films) for (const name of film.genreNames) counts.set(name, (counts.get(name) ?? 0) + 1)
export const genres = [...counts]
  .sort((a, b) => b[1] - a[1])
  .map(([name, movieCount]) => ({ __typename: 'Genre', id: `genre:${name}`, name, movieCount }))

export const criteria = [
  { name: 'history', description: 'How alike a film is to the films you watched.', weight: 0.4, ms: 60 },
  { name: 'community', description: 'What people who watch as you do also watch.', weight: 0.3, ms: 140 },
  { name: 'genres', description: 'How well a film fits your most-watched genres.', weight: 0.15, ms: 30 },
  { name: 'neighbours', description: 'Films that are watched next to yours.', weight: 0.1, ms: 220 },
  { name: 'popularity', description: 'What most people watch these days.', weight: 0.05, ms: 12 },
]

export function noise(text) {
  let h = 2166136261
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return ((h ^ (h >>> 13)) >>> 0) / 4294967296
}

const day = 86_400_000
let lastUser = 0
export const people = new Map()
export function addPerson(name, watched = []) {
  lastUser++
  const person = { id: `user:${lastUser}`, name, watches: new Map(), dismissed: new Set() }
  watched.forEach((film, i) => {
    person.watches.set(film.id, {
      movie: film.id,
      watchedAt: new Date(Date.now() - day * (i * 3 + 1)).toISOString(),
      rating: i % 3 === 2 ? null : 3 + (i % 5) / 2,
    })
  })
  people.set(person.id, person)
  return person
}
for (const name of ['Maria', 'Ken', 'Amara', 'Jonas', 'Leila', 'Tomás']) {
  addPerson(
    name,
    films.filter(film => noise(name + film.id) > 0.66),
  )
}

export const byId = id => filmById.get(id)

// listed returns the films that a filter lets through, for a person or nobody.
export function listed(filter, person) {
  return films.filter(film => {
    if (filter?.genres?.length && !film.genreNames.some(g => filter.genres.includes(g))) return false
    if (filter?.withoutGenres?.length && film.genreNames.some(g => filter.withoutGenres.includes(g))) return false
    if (filter?.fromYear && film.year < filter.fromYear) return false
    if (filter?.toYear && film.year > filter.toYear) return false
    if (filter?.minRating && film.rating < filter.minRating) return false
    return !(filter?.seen === false && person?.watches.has(film.id))
  })
}

export function tasteOf(person) {
  const genreCounts = new Map()
  const eras = new Map()
  for (const id of person.watches.keys()) {
    const film = byId(id)
    for (const g of film.genreNames) genreCounts.set(g, (genreCounts.get(g) ?? 0) + 1)
    const decade = Math.floor(film.year / 10) * 10
    eras.set(decade, (eras.get(decade) ?? 0) + 1)
  }
  const watchCount = person.watches.size
  const share = count => count / Math.max(1, watchCount)
  return {
    watchCount,
    genres: [...genreCounts]
      .sort((a, b) => b[1] - a[1])
      .map(([genre, count]) => ({ genre, count, share: share(count) })),
    eras: [...eras].sort((a, b) => a[0] - b[0]).map(([decade, count]) => ({ decade, count, share: share(count) })),
  }
}
