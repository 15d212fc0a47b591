import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Pacer, pause, settle } from './order'

const hold = (...ids: string[]) => new Set(ids)

describe('settle', () => {
  it('takes the new order when nothing is held', () => {
    expect(settle(['a', 'b', 'c'], ['c', 'a', 'b'], hold())).toEqual(['c', 'a', 'b'])
  })
  it('never moves what is under the pointer', () => {
    expect(settle(['a', 'b', 'c', 'd'], ['d', 'c', 'b', 'a'], hold('b'))).toEqual(['d', 'b', 'c', 'a'])
  })
  it('keeps a held film that has left the ranking, until it is let go', () => {
    expect(settle(['a', 'b', 'c'], ['c', 'd', 'a'], hold('b'))).toEqual(['c', 'b', 'd', 'a'])
    expect(settle(['c', 'b', 'd', 'a'], ['c', 'd', 'a'], hold())).toEqual(['c', 'd', 'a'])
  })
  it('keeps several held films where they are', () => {
    expect(settle(['a', 'b', 'c', 'd'], ['d', 'c', 'b', 'a'], hold('a', 'd'))).toEqual(['a', 'c', 'b', 'd'])
  })
  it('loses nothing and doubles nothing, whatever is held', () => {
    const next = ['e', 'd', 'c', 'b', 'a']
    for (const held of ['a', 'b', 'c', 'd', 'e']) {
      expect([...settle(['a', 'b', 'c', 'd', 'e'], next, hold(held))].sort()).toEqual([...next].sort())
    }
  })
  it('holds a place past the end of a shorter list', () => {
    expect(settle(['a', 'b', 'c', 'd'], ['b'], hold('d'))).toEqual(['b', 'd'])
  })
})

describe('Pacer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('lets one change through in 400 ms, and the newest in the end', () => {
    const seen: number[] = []
    const pacer = new Pacer()
    for (let i = 0; i < 10; i++) {
      pacer.run(() => seen.push(i))
      vi.advanceTimersByTime(50)
    }
    expect(seen.length).toBeLessThanOrEqual(2)
    vi.advanceTimersByTime(pause)
    expect(seen.at(-1)).toBe(9)
  })
})
