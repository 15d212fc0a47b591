import { describe, expect, it, vi } from 'vitest'
import type { Frame, Trail } from '../api/pipeline'
import { figuresOf, followFrames, merge, percentile } from './frames'
import { layoutOf } from './layout'
import { type Happening, Playback } from './playback'
import { Stage } from './stage'
import { faceOf } from './token'

const t0 = Date.parse('2030-01-01T00:00:00.000Z')
const iso = (ms: number) => new Date(t0 + ms).toISOString()

function trail(id: string, from: number, more: Partial<Trail> = {}): Trail {
  return {
    requestId: id,
    mine: false,
    acceptedAt: iso(from),
    deadlineAt: iso(from + 1000),
    finalAt: iso(from + 60),
    steps: ['history', 'genres'].map((criterion, i) => ({
      criterion,
      status: 'DONE',
      publishedAt: iso(from + 5),
      startedAt: iso(from + 10),
      finishedAt: iso(from + 30 + i * 10),
      mergedAt: iso(from + 35 + i * 20),
      late: false,
      worker: 'w',
    })),
    ...more,
  }
}

const lanes = layoutOf([
  { criterion: 'history', workers: 2 },
  { criterion: 'genres', workers: 1 },
])
const play = (playback: Playback, ms: number): Happening[] =>
  Array.from({ length: ms / 10 }, () => playback.advance(10)).flat()

describe('Playback', () => {
  it('plays each happening once, in the order of the server’s clock', () => {
    const playback = new Playback()
    playback.speed = 'real'
    playback.feed(t0, [])
    playback.feed(t0 + 100, [trail('a', 0)])
    playback.feed(t0 + 200, [trail('a', 0)])
    const played = play(playback, 2000)
    expect(played.map(h => h.at)).toEqual([...played.map(h => h.at)].sort((a, b) => a - b))
    expect(played.map(h => h.moment)).toEqual([
      'accepted',
      'published',
      'published',
      'started',
      'started',
      'finished',
      'merged',
      'finished',
      'merged',
      'final',
    ])
  })

  it('takes twenty times as long in slow motion, but does not wait when nothing is on its way', () => {
    const playback = new Playback()
    playback.feed(t0, [])
    playback.feed(t0 + 100, [trail('a', 0)])
    expect(play(playback, 100).map(h => h.moment)).toContain('accepted')
    expect(play(playback, 900).map(h => h.moment)).not.toContain('final')
    expect(play(playback, 600).map(h => h.moment)).toContain('final')
  })

  it('stands still while it is paused', () => {
    const playback = new Playback()
    playback.speed = 'paused'
    playback.feed(t0, [trail('a', 0)])
    expect(play(playback, 5000)).toEqual([])
  })

  it('leaves out requests that it cannot show in time, counts them, and never leaves out one’s own', () => {
    const playback = new Playback()
    playback.feed(t0, [])
    playback.feed(
      t0 + 500,
      Array.from({ length: 200 }, (_, i) => trail(`r${i}`, i, { mine: i === 150 })),
    )
    const played = play(playback, 30_000)
    expect(playback.skipped).toBeGreaterThan(100)
    expect(played.filter(h => h.request === 'r150').map(h => h.moment)).toContain('final')
  })

  it('shows twenty of a second’s requests, and one’s own beside them', () => {
    const playback = new Playback()
    playback.speed = 'real'
    playback.feed(t0, [])
    const all = Array.from({ length: 60 }, (_, i) => trail(`r${i}`, i * 5, { mine: i === 50 }))
    playback.feed(t0 + 400, all)
    const shown = play(playback, 3000).filter(h => h.moment === 'accepted')
    expect(shown).toHaveLength(21)
    expect(shown.at(-1)).toMatchObject({ request: 'r50', mine: true })
  })

  it('does not make up for slow motion in one burst', () => {
    const playback = new Playback()
    playback.feed(t0, [])
    for (let s = 0; s < 8; s++)
      playback.feed(
        t0 + s * 1000 + 500,
        Array.from({ length: 10 }, (_, i) => trail(`r${s}-${i}`, s * 1000 + i * 40, { finalAt: null })),
      )
    playback.advance(16)
    playback.speed = 'real'
    expect(playback.advance(16).filter(h => h.moment === 'accepted').length).toBeLessThan(20)
  })

  it('does not grow while nobody looks, and goes on with what is new', () => {
    for (const speed of ['slow', 'real', 'paused'] as const) {
      const playback = new Playback()
      playback.speed = speed
      playback.feed(t0, [])
      playback.feed(t0 + 700, [trail('open', 0)])
      const first = play(playback, 620) // it is on its way
      let most = 0
      const minutes = (from: number, to: number) => {
        for (let s = from * 60; s < to * 60; s++) {
          const at = s * 1000 + 1000
          playback.feed(t0 + at + 500, [trail(`r${s}`, at, { mine: s % 20 === 0 })])
          most = Math.max(most, playback.size)
        }
      }
      minutes(0, 3)
      const before = most
      minutes(3, 60)
      expect(most).toBeLessThanOrEqual(before)
      if (speed === 'paused') continue
      const played = play(playback, 20_000)
      expect(played.map(h => h.request)).toContain('r3599')
      expect(played.some(h => h.request === 'r100')).toBe(false)
      expect(played.at(-1)!.at).toBeGreaterThan(t0 + 3_590_000)
      expect([...first, ...played].filter(h => h.request === 'open').at(-1)?.moment).toBe('final')
      const once = played.map(h => `${h.request}${h.criterion}${h.moment}`)
      expect(new Set(once).size).toBe(once.length)
    }
  })

  it('calls what failed or came late lost', () => {
    const playback = new Playback()
    playback.speed = 'real'
    const failed = trail('a', 0)
    failed.steps[0] = { ...failed.steps[0]!, status: 'TIMED_OUT', finishedAt: null, mergedAt: null }
    playback.feed(t0, [])
    playback.feed(t0 + 10, [failed])
    expect(
      play(playback, 3000)
        .filter(h => h.moment === 'lost')
        .map(h => h.criterion),
    ).toEqual(['history'])
  })
})

describe('Stage', () => {
  const run = (stage: Stage, ms: number) => {
    for (let i = 0; i < ms; i += 16) stage.step(16)
  }
  const happen = (moment: Happening['moment'], criterion?: string): Happening => ({
    at: 0,
    moment,
    request: 'a',
    mine: true,
    criterion,
  })

  it('lets a request fan out, wait, be scored, merge and come back, and then be gone', () => {
    const stage = new Stage(lanes)
    stage.play(happen('accepted'))
    stage.play(happen('published', 'history'))
    stage.play(happen('published', 'genres'))
    run(stage, 1500)
    expect(stage.waiting('history')).toBe(1)
    expect(stage.waiting('genres')).toBe(1)
    stage.play(happen('started', 'history'))
    run(stage, 500)
    expect(stage.busy('history')).toEqual(new Set([0]))
    stage.play(happen('finished', 'history'))
    stage.play(happen('merged', 'history'))
    run(stage, 800)
    expect(stage.tokens.some(token => token.small)).toBe(true)
    stage.play(happen('lost', 'genres'))
    run(stage, 500)
    expect(stage.tokens.find(token => token.grey)?.lane?.criterion).toBe('genres')
    stage.play(happen('final'))
    run(stage, 8000)
    expect(stage.tokens).toEqual([])
  })

  it('never lets a token jump', () => {
    const stage = new Stage(lanes)
    for (const moment of ['accepted', 'published', 'started', 'finished', 'merged', 'final'] as const)
      stage.play(happen(moment, moment === 'accepted' || moment === 'final' ? undefined : 'history'))
    const last = new Map<number, [number, number]>()
    for (let i = 0; i < 600; i++) {
      stage.step(16)
      for (const { key, x, y } of stage.tokens) {
        const before = last.get(key)
        if (before) expect(Math.hypot(x - before[0], y - before[1])).toBeLessThanOrEqual(16 * 0.75 + 0.001)
        last.set(key, [x, y])
        expect(x).toBeLessThanOrEqual(lanes.result[0])
      }
    }
  })
})

it('follows the pipeline again after an error, and stops when it is told to', () => {
  vi.useFakeTimers()
  const asked: { next: (data: unknown) => void; failed: () => void; ended: () => void; stopped: boolean }[] = []
  let back: () => void = () => undefined
  const live = {
    subscribe: (_: unknown, __: unknown, on: object) => {
      const entry = { ...(on as (typeof asked)[number]), stopped: false }
      asked.push(entry)
      return () => {
        entry.stopped = true
        entry.ended() // as graphql-ws does
      }
    },
    onReconnect: (listener: () => void) => {
      back = listener
      return () => undefined
    },
  }
  const heard: unknown[] = []
  const stop = followFrames(live as unknown as Parameters<typeof followFrames>[0], frame => heard.push(frame))
  asked[0]!.next({ pipeline: 1 })
  back()
  expect(asked).toHaveLength(1)
  asked[0]!.failed()
  asked[0]!.ended()
  expect(heard).toEqual([1, undefined])
  vi.advanceTimersByTime(5000)
  expect(asked).toHaveLength(2)
  asked[1]!.ended()
  back()
  expect(asked).toHaveLength(3)
  vi.advanceTimersByTime(60_000)
  expect(asked).toHaveLength(3)
  stop()
  asked[2]!.next({ pipeline: 2 })
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  expect(asked.map(a => a.stopped)).toEqual([true, true, true])
  expect(heard).toEqual([1, undefined, undefined])
})

it('keeps a minute of requests, the newest state of each, and knows one’s own', () => {
  const frame = (ms: number, trails: Trail[]) =>
    ({ at: iso(ms), requestCount: 1, requestsPerSecond: 1, queues: [], trails }) as Frame
  const first = merge(undefined, frame(0, [trail('old', -59_000), trail('a', 0, { finalAt: null })]))
  const second = merge(first, frame(5000, [trail('a', 0)]), new Set(['a']))
  expect([...second.keys()]).toEqual(['a'])
  expect(second.get('a')).toMatchObject({ mine: true, finalAt: iso(60) })
  expect(figuresOf({ frame: frame(5000, []), trails: second })).toMatchObject({
    inFlight: 0,
    first: 35,
    finalHalf: 60,
    lost: 0,
  })
})

it('counts percentiles', () => {
  expect(percentile([], 0.5)).toBeUndefined()
  expect(percentile([3, 1, 2], 0.5)).toBe(2)
  expect(percentile([1, 2, 3, 4], 0.95)).toBe(4)
})

it('gives a request the same face for ever', () => {
  expect(faceOf('recommendation:1')).toEqual(faceOf('recommendation:1'))
  expect(faceOf('recommendation:1')).not.toEqual(faceOf('recommendation:2'))
})

it('has room for any number of criteria', () => {
  for (let n = 0; n < 13; n++)
    for (const width of [320, 700, 1328]) {
      const layout = layoutOf(
        Array.from({ length: n }, (_, i) => ({ criterion: `c${i}`, workers: i })),
        width,
      )
      const { lanes, back, browsers, merge, result } = layout
      lanes.forEach((lane, i) => expect(lane.y).toBeGreaterThan((lanes[i - 1]?.y ?? 0) + 30))
      for (const [x, y] of [browsers, merge, result, ...back, ...lanes.flatMap(lane => [...lane.into, ...lane.out])]) {
        expect(x).toBeGreaterThan(0)
        expect(x).toBeLessThan(layout.width)
        expect(y).toBeGreaterThan(0)
        expect(y).toBeLessThan(layout.height)
      }
      for (const lane of lanes) expect(Math.max(...lane.workers) + 20).toBeLessThan(layout.width)
    }
})
