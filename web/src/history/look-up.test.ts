import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Movie, titlesAtOnce } from '../api/documents'
import type { Session } from '../session/session'
import type { Entry } from './files'
import { matchAll } from './look-up'

const titleOf = (i: number) => `Film ${i.toString(36)}`
const entries = (n: number): Entry[] => Array.from({ length: n }, (_, i) => ({ title: titleOf(i), year: 1990 }))
const movie = (title: string): Movie => ({
  id: `movie:${title}`,
  title,
  year: 1990,
  rating: null,
  watchCount: 1,
  genres: [],
  viewerState: null,
})

/** A server that finds every title, and keeps what it was asked. */
class Catalogue {
  readonly asked: string[][] = []
  busiest = 0
  private open = 0
  private failures: number

  constructor(failures = 0) {
    this.failures = failures
  }

  async read(_: unknown, variables: Record<string, string>) {
    this.asked.push(Object.values(variables))
    this.busiest = Math.max(this.busiest, ++this.open)
    await Promise.resolve()
    this.open--
    if (this.failures-- > 0) throw new Error('Too many requests')
    return Object.fromEntries(Object.entries(variables).map(([name, title]) => [name, { nodes: [movie(title)] }]))
  }
  as = () => this as unknown as Pick<Session, 'read'>
}

afterEach(() => vi.useRealTimers())

describe('looking up a file of thousands of films', () => {
  it('asks for many at a time, a few requests at once, and says how far it is', async () => {
    const file = entries(3000)
    const catalogue = new Catalogue()
    const steps: number[] = []
    const matches = await matchAll(catalogue.as(), file, done => steps.push(done))
    expect(catalogue.asked).toHaveLength(3000 / titlesAtOnce)
    expect(new Set(catalogue.asked.flat())).toEqual(new Set(file.map(e => e.title)))
    expect(Math.max(...catalogue.asked.map(titles => titles.length))).toBe(titlesAtOnce)
    expect(catalogue.busiest).toBe(3)
    expect(steps).toEqual(Array.from({ length: 3000 / titlesAtOnce }, (_, i) => (i + 1) * titlesAtOnce))
    expect(matches.map(m => m.sure?.title)).toEqual(file.map(e => e.title)) // in the file's order
  })

  it('asks for the rest of a file that is no multiple', async () => {
    const catalogue = new Catalogue()
    const steps: number[] = []
    await matchAll(catalogue.as(), entries(titlesAtOnce + 1), done => steps.push(done))
    expect(catalogue.asked.map(titles => titles.length)).toEqual([titlesAtOnce, 1])
    expect(steps.at(-1)).toBe(titlesAtOnce + 1)
  })

  it('asks again when a request did not come through, and gives up after five times', async () => {
    vi.useFakeTimers()
    const shaky = new Catalogue(4)
    const found = matchAll(shaky.as(), entries(5), () => undefined)
    await vi.runAllTimersAsync()
    expect(await found).toHaveLength(5)
    expect(shaky.asked).toHaveLength(5)

    const dead = new Catalogue(Number.POSITIVE_INFINITY)
    const lost = expect(matchAll(dead.as(), entries(5), () => undefined)).rejects.toThrow('Too many requests')
    await vi.runAllTimersAsync()
    await lost
    expect(dead.asked).toHaveLength(5)
  })
})
