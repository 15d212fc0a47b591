import { expect, it } from 'vitest'
import { cycle, parse, variablesOf, write } from './choice'

it('reads what it writes', () => {
  for (const search of [
    '',
    '?q=alien&genre=Horror&genre=Sci-Fi&without=Comedy&from=1970&to=1999&rating=3.5&unseen=1&sort=RATING',
    '?q=%22a%26b%22',
  ])
    expect(write(parse(search))).toBe(search)
})

it('leaves out what makes no sense', () => {
  expect(write(parse('?from=soon&sort=DROP&unseen=yes&rating='))).toBe('')
})

it('takes a genre in, then out, then not at all', () => {
  let choice = parse('')
  choice = { ...choice, ...cycle(choice, 'War') }
  expect([choice.genres, choice.without]).toEqual([['War'], []])
  choice = { ...choice, ...cycle(choice, 'War') }
  expect([choice.genres, choice.without]).toEqual([[], ['War']])
  choice = { ...choice, ...cycle(choice, 'War') }
  expect([choice.genres, choice.without]).toEqual([[], []])
})

it('sorts a search by relevance and the rest by popularity, unless told otherwise', () => {
  expect(variablesOf(parse('?q=x')).orderBy).toBe('RELEVANCE')
  expect(variablesOf(parse('')).orderBy).toBe('POPULAR')
  expect(variablesOf(parse('?q=x&sort=TITLE')).orderBy).toBe('TITLE')
})
