import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cast } from './cast'
import { shift } from './colour'
import { motifsOf } from './motifs'
import { draw, type Film, type Look, lookOf, tints } from './poster'
import { hash } from './random'
import { displayTitle, measure, setTitle, styleOf } from './title'

const films: Film[] = readFileSync('dev/films.txt', 'utf8')
  .trim()
  .split('\n')
  .map(row => {
    const [id, title, year, genres] = row.split('|')
    return { id: `movie:${id}`, title: title!, year: Number(year), genres: genres!.split(',') }
  })
const common = [
  'Drama',
  'Comedy',
  'Thriller',
  'Action',
  'Romance',
  'Adventure',
  'Crime',
  'Sci-Fi',
  'Horror',
  'Fantasy',
  'Children',
  'Animation',
  'Mystery',
  'Documentary',
  'War',
  'Musical',
  'Western',
  'Film-Noir',
]

describe('posters', () => {
  it('are always the same for the same film', () => {
    const digests = Object.fromEntries(films.map(film => [film.title, hash(draw(film, 'p')).toString(36)]))
    expect(digests).toMatchSnapshot()
  })

  it('are well-formed and safe, every variant and tint of every genre', { timeout: 30_000 }, () => {
    for (const genre of [...common, 'IMAX', 'Brand new genre']) {
      for (let variant = 0; variant < motifsOf(genre).length; variant++)
        for (let tint = 0; tint < tints; tint++) {
          const film = { id: `movie:${variant}`, title: '<Tom & "Jerry">', year: null, genres: [genre] }
          const markup = draw(film, 'p1', { genre, variant, tint })
          const parsed = new DOMParser().parseFromString(
            `<svg xmlns="http://www.w3.org/2000/svg">${markup}</svg>`,
            'image/svg+xml',
          )
          expect(parsed.querySelector('parsererror'), `${genre} ${variant}`).toBeNull()
          expect(markup).not.toMatch(/NaN|undefined|Infinity|\sstyle=/)
          expect(markup.length, `${genre} ${variant}`).toBeLessThan(16_000)
        }
    }
  })

  it('show each common genre in at least six ways', () => {
    for (const genre of common) expect(new Set(motifsOf(genre)).size, genre).toBeGreaterThanOrEqual(6)
  })

  it('have no twins in a list, and no two neighbours with the same picture', () => {
    for (const genre of common) {
      const list = Array.from({ length: 20 }, (_, i) => ({
        id: `movie:${i}`,
        title: `Film ${i}`,
        year: 1990,
        genres: [genre],
      }))
      const known = new Map<string, Look>()
      cast(list, known)
      const looks = list.map(film => known.get(film.id)!)
      expect(new Set(looks.map(l => `${l.variant}/${l.tint}`)).size, genre).toBe(20)
      for (let i = 1; i < looks.length; i++) expect(looks[i]!.variant, `${genre} ${i}`).not.toBe(looks[i - 1]!.variant)
    }
  })

  it('stay as they were first seen', () => {
    const known = new Map<string, Look>()
    cast(films, known)
    const before = new Map(known)
    cast([...films].reverse(), known)
    expect(known).toEqual(before)
  })

  it('are a film’s own where nothing stands against it', () => {
    const known = new Map<string, Look>()
    cast(films.slice(0, 1), known)
    expect(known.get(films[0]!.id)).toEqual(lookOf(films[0]!))
  })
})

describe('titles', () => {
  it.each([
    ['Matrix, The', 'The Matrix'],
    ['Matrix, The (1999)', 'The Matrix'],
    ['Good, the Bad and the Ugly, The', 'The Good, the Bad and the Ugly'],
    ['Seven (a.k.a. Se7en)', 'Seven'],
    ['Amelie (Fabuleux destin d’Amélie Poulain, Le)', 'Amelie'],
    ["Avventura, L'", "L'Avventura"],
    ['(500) Days of Summer', '(500) Days of Summer'],
    ['2001: A Space Odyssey', '2001: A Space Odyssey'],
  ])('%s reads %s', (filed, shown) => expect(displayTitle(filed)).toBe(shown))

  it('fit their poster, however long', () => {
    for (const title of [
      ...films.map(f => displayTitle(f.title)),
      'A '.repeat(40),
      'Supercalifragilisticexpialidocious',
      'Éloge de l’amour',
    ]) {
      for (const genre of ['Action', 'Sci-Fi', 'Drama', 'Comedy', 'Documentary']) {
        const style = styleOf(genre, title)
        const { lines, height } = setTitle(style, title)
        expect(height).toBeLessThanOrEqual(112.01)
        for (const line of lines) expect(line.size * measure(style.face, line.text)).toBeLessThanOrEqual(200)
      }
    }
  })
})

it('turns a hue all the way round to itself', () => {
  expect(shift('#3366cc', 360)).toBe('#3366cc')
  expect(shift('#808080', 120)).toBe('#808080')
})
