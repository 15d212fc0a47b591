import { describe, expect, it } from 'vitest'
import type { Movie, Watch } from '../api/documents'
import { parseCsv, writeCsv } from './csv'
import { readHistory, writeHistory } from './files'
import { match, plainTitle } from './match'

const movie = (id: number, title: string, year: number | null): Movie => ({
  id: `movie:${id}`,
  title,
  year,
  rating: null,
  watchCount: 1,
  genres: [],
  viewerState: null,
})

describe('CSV', () => {
  it('reads quotes, commas, line breaks and byte order marks', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""","1\n2"\n\n,\nlast,')).toEqual([
      ['a', 'b'],
      ['x, "y"', '1\n2'],
      ['last', ''],
    ])
  })
  it('reads what it writes', () => {
    const rows = [
      ['Good, the Bad', 'say "hi"', ''],
      ['a\nb', '1', 'x'],
    ]
    expect(parseCsv(writeCsv(rows))).toEqual(rows)
  })
  it('writes nothing that a spreadsheet would run', () => {
    expect(writeCsv([['=HYPERLINK("x")', '+1', '@a']])).toBe('"\'=HYPERLINK(""x"")",\'+1,\'@a\r\n')
  })
})

describe('history files', () => {
  it('reads Letterboxd diaries', () => {
    const text =
      'Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n2024-02-02,Dune: Part Two,2024,https://boxd.it/x,4.5,,,2024-02-01\n'
    expect(readHistory(text)).toEqual({
      kind: 'letterboxd',
      entries: [{ title: 'Dune: Part Two', year: 2024, rating: 4.5, watchedAt: '2024-02-01T12:00:00.000Z' }],
    })
  })
  it('reads IMDb ratings, out of ten', () => {
    const text =
      'Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres\ntt0083658,9,2020-05-04,Blade Runner,Blade Runner,x,Movie,8.1,117,1982,"Action, Sci-Fi"\n'
    expect(readHistory(text)?.entries).toEqual([
      { title: 'Blade Runner', year: 1982, rating: 4.5, watchedAt: '2020-05-04T12:00:00.000Z' },
    ])
  })
  it('reads its own', () => {
    const watches: Watch[] = [
      { watchedAt: '2020-01-02T03:04:05.000Z', rating: 3.5, movie: movie(541, 'Blade Runner', 1982) },
      { watchedAt: '2019-01-02T03:04:05.000Z', rating: null, movie: movie(7, '=Sum', null) },
    ]
    expect(readHistory(writeHistory(watches))).toEqual({
      kind: 'webflix',
      entries: [
        { title: 'Blade Runner', year: 1982, watchedAt: '2020-01-02T03:04:05.000Z', rating: 3.5, id: 'movie:541' },
        { title: '=Sum', year: undefined, watchedAt: '2019-01-02T03:04:05.000Z', rating: undefined, id: 'movie:7' },
      ],
    })
  })
  it('takes the last of several watches of a film, and any rating', () => {
    const text = 'Name,Year,Date,Rating\nAlien,1979,2020-01-01,5\nAlien,1979,2022-01-01,\n'
    expect(readHistory(text)?.entries).toMatchObject([{ watchedAt: '2022-01-01T12:00:00.000Z', rating: 5 }])
  })
  it('leaves out dates and ratings that make no sense, and knows what is no history', () => {
    expect(readHistory('Title,Year,Rating,Date\nX,99999,7,soon\n')?.entries).toEqual([
      { title: 'X', year: undefined, rating: undefined, watchedAt: undefined, id: undefined },
    ])
    expect(readHistory('a,b\n1,2\n')).toBeUndefined()
    expect(readHistory('')).toBeUndefined()
  })
})

describe('match', () => {
  const matrix = movie(2571, 'Matrix, The', 1999)
  const thing82 = movie(5, 'Thing, The', 1982)
  const thing11 = movie(6, 'Thing, The', 2011)
  const amelie = movie(4973, 'Amelie (Fabuleux destin d’Amélie Poulain, Le)', 2001)

  it('finds a film by title and year, however its article is filed', () => {
    expect(match({ title: 'The Matrix', year: 1999 }, [matrix, thing82]).sure).toBe(matrix)
    expect(match({ title: 'The Thing', year: 2011 }, [thing82, thing11]).sure).toBe(thing11)
  })
  it('forgives a year, accents and other titles', () => {
    expect(match({ title: 'The Matrix', year: 2000 }, [matrix]).sure).toBe(matrix)
    expect(match({ title: 'Le fabuleux destin d’Amélie Poulain', year: 2001 }, [amelie]).sure).toBe(amelie)
    expect(plainTitle('Amélie & the WORLD!')).toBe('amelie and the world')
  })
  it('asks when it cannot know', () => {
    const asked = match({ title: 'The Thing' }, [thing82, thing11])
    expect(asked.sure).toBeUndefined()
    expect(asked.candidates).toEqual([thing82, thing11])
    expect(match({ title: 'The Thing', year: 1951 }, [thing82, thing11]).sure).toBeUndefined()
    expect(match({ title: 'The Matrix Reloaded', year: 1999 }, [matrix]).candidates).toEqual([matrix])
  })
  it('trusts an id only when the title fits', () => {
    expect(match({ title: 'The Thing', id: 'movie:5' }, [thing82, thing11]).sure).toBe(thing82)
    expect(match({ title: 'Something else', id: 'movie:5' }, [thing82]).sure).toBeUndefined()
  })
})
