import { expect, it } from 'vitest'
import { age } from './format'

it('tells an age in the largest unit that it fills', () => {
  expect([0, 12.4, 999, 1000, 90_000, 5_400_000, 604_800_000].map(age)).toEqual([
    '0 ms',
    '12 ms',
    '999 ms',
    '1.0 s',
    '1.5 min',
    '1.5 h',
    '7.0 d',
  ])
})
