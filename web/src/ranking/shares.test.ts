import { expect, it } from 'vitest'
import type { Pick } from '../api/documents'
import { matchOf } from './match'
import { addUp, reach, reasonsOf } from './shares'

it('measures films against the best one', () => {
  expect(matchOf(8.9, 8.9)).toBe(100)
  expect(matchOf(4.4, 8.8)).toBe(50)
  expect(matchOf(-1, 8)).toBe(-12)
  expect(matchOf(-1, -0.5)).toBeUndefined()
})

it('rounds shares so that they add up as a reader would check', () => {
  for (const values of [
    [100.5, 200.5, 300.5],
    [33.3333, 33.3333, 33.3334],
    [50.14, 27.36, 14.61, -0.12],
    [-1.999, 0.996, 0.005],
    [],
  ]) {
    const { parts, total } = addUp(values)
    expect(parts.reduce((sum, v) => sum + v, 0)).toBe(total)
    parts.forEach((part, i) => expect(Math.abs(part - values[i]!)).toBeLessThan(1))
  }
})

it('draws the largest share across the whole bar, for or against', () => {
  expect(reach(5, [5, -2])).toBe(100)
  expect(reach(-2, [5, -2])).toBe(40)
  expect(reach(0, [0, 0])).toBe(0)
})

it('pairs reasons with their shares, and leaves out those that moved hardly anything', () => {
  const shares = [
    { criterion: 'era', score: 0.01 },
    { criterion: 'genres', score: 0.8 },
    { criterion: 'popularity', score: -0.2 },
    { criterion: 'history', score: 0.39 },
  ]
  const reasons = ['a half is drama', 'because you watched Alien', 'six of nine are from the 1980s']
  const pick = { score: 1, shares, reasons } as unknown as Pick
  expect(reasonsOf(pick, 3)).toEqual([
    { text: reasons[0], share: { criterion: 'genres', part: 80, reach: 100 } },
    { text: reasons[1], share: { criterion: 'history', part: 39, reach: 48.8 } },
  ])
  expect(reasonsOf(pick, 1)).toHaveLength(1)
})
