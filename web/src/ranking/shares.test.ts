import { expect, it } from 'vitest'
import { matchOf } from './match'
import { addUp, reach } from './shares'

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
