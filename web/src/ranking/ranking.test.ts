import { beforeEach, describe, expect, it } from 'vitest'
import { Recommend, Resume } from '../api/documents'
import type { Live } from '../api/live'
import { Ranking } from './ranking'

/** A connection that remembers what was asked and lets the test answer. */
class Wire {
  asked: { document: unknown; variables: unknown; next: (data: unknown) => void; stopped: boolean }[] = []
  back: () => void = () => undefined
  subscribe(document: unknown, variables: unknown, on: { next: (data: unknown) => void }) {
    const entry = { document, variables, next: on.next, stopped: false }
    this.asked.push(entry)
    return () => {
      entry.stopped = true
    }
  }
  link = 'live'
  lose: () => void = () => undefined
  onChange(listener: () => void) {
    this.lose = listener
    return () => undefined
  }
  onReconnect(listener: () => void) {
    this.back = listener
    return () => undefined
  }
  get last() {
    return this.asked.at(-1)!
  }
}

const pick = (id: string) => ({ rank: 1, score: 1, reasons: [], shares: [], movie: { id, title: id, genres: [] } })
const update = (more: object) => ({
  recommend: {
    __typename: 'RecommendationUpdate',
    requestId: 'r1',
    sequence: 1,
    isFinal: false,
    tookMs: 5,
    degraded: [],
    coverage: { percent: 50, succeeded: 1, failed: 0, timedOut: 0, rejected: 0 },
    criteria: [{ criterion: 'history', status: 'DONE', weight: 1 }],
    picks: [pick('a')],
    ...more,
  },
})

describe('Ranking', () => {
  let wire: Wire
  let ranking: Ranking
  beforeEach(() => {
    wire = new Wire()
    ranking = new Ranking(wire as unknown as Live)
  })

  it('asks once, however many pages want it', () => {
    ranking.ensure()
    ranking.ensure()
    expect(wire.asked).toHaveLength(1)
  })

  it('keeps the last result on screen while the next one forms', () => {
    ranking.start()
    wire.last.next(update({ isFinal: true }))
    expect(ranking.get().phase).toBe('final')
    ranking.start()
    expect(ranking.get().picks).toHaveLength(1)
    wire.last.next(update({ picks: [], requestId: 'r2' }))
    expect(ranking.get().picks[0]?.movie.id).toBe('a')
    wire.last.next(update({ picks: [pick('b')], requestId: 'r2' }))
    expect(ranking.get().picks[0]?.movie.id).toBe('b')
  })

  it('shows an empty final as empty', () => {
    ranking.start()
    wire.last.next(update({ picks: [], isFinal: true }))
    expect(ranking.get().picks).toHaveLength(0)
  })

  it('hears nothing more from a request that was given up', () => {
    ranking.start()
    const first = wire.last
    ranking.start()
    expect(first.stopped).toBe(true)
    first.next(update({ picks: [pick('old')] }))
    expect(ranking.get().picks).toHaveLength(0)
  })

  it('attaches to the running request after a lost connection', () => {
    ranking.start()
    wire.last.next(update({}))
    wire.back()
    expect(wire.last.document).toBe(Resume)
    expect(wire.last.variables).toEqual({ id: 'r1' })
    wire.last.next(update({ isFinal: true }))
    expect(ranking.get().phase).toBe('final')
  })

  it('asks anew when the request has gone meanwhile, and leaves a final ranking alone', () => {
    ranking.start()
    wire.last.next(update({}))
    wire.back()
    wire.last.next({ recommend: { __typename: 'NotFoundError', message: 'gone' } })
    expect(wire.last.document).toBe(Recommend)
    wire.last.next(update({ isFinal: true }))
    const asked = wire.asked.length
    wire.back()
    expect(wire.asked).toHaveLength(asked)
  })

  it('says in the server’s words why there is no ranking', () => {
    ranking.start()
    wire.last.next({ recommend: { __typename: 'ForbiddenError', message: 'Sign in.' } })
    expect(ranking.get()).toMatchObject({ phase: 'failed', problem: 'Sign in.' })
  })

  it('shows the last ranking when there is no connection, and asks when it is back', () => {
    const kept: unknown[] = []
    const shelf = { load: () => kept.at(-1) as never, save: (picks: unknown) => kept.push(picks) }
    ranking = new Ranking(wire as unknown as Live, {}, shelf)
    ranking.start()
    wire.last.next(update({ isFinal: true }))
    ranking = new Ranking(wire as unknown as Live, {}, shelf)
    ranking.start()
    expect(ranking.get().picks).toHaveLength(0)
    wire.link = 'offline'
    wire.lose()
    expect(ranking.get()).toMatchObject({ phase: 'failed', picks: [{ movie: { id: 'a' } }] })
    const asked = wire.asked.length
    wire.link = 'live'
    wire.back()
    expect(wire.asked).toHaveLength(asked + 1)
    expect(ranking.get().phase).toBe('ranking')
  })

  it('sends weights only when one of them counts', () => {
    ranking.start({ weights: { history: 0, genres: 0 } })
    expect(wire.last.variables).not.toHaveProperty('input.weights')
    ranking.start({ weights: { history: 0, genres: 2 } })
    expect(wire.last.variables).toHaveProperty('input.weights', [
      { criterion: 'history', weight: 0 },
      { criterion: 'genres', weight: 2 },
    ])
  })
})
