import { expect, it } from 'vitest'
import { addUp, reach } from './shares'

it('rounds shares so that they add up as a reader would check', () => {
  for (const values of [
    [1.005, 2.005, 3.005],
    [0.333333, 0.333333, 0.333334],
    [5.014, 2.736, 1.461, -0.012],
    [-1.999, 0.996, 0.005],
    [],
  ]) {
    const { parts, total } = addUp(values)
    expect(Math.round(parts.reduce((sum, v) => sum + v, 0) * 100)).toBe(Math.round(total * 100))
    parts.forEach((part, i) => expect(Math.abs(part - values[i]!)).toBeLessThan(0.01))
  }
})

it('draws the largest share across the whole bar, for or against', () => {
  expect(reach(5, [5, -2])).toBe(100)
  expect(reach(-2, [5, -2])).toBe(40)
  expect(reach(0, [0, 0])).toBe(0)
})
