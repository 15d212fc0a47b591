import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Live } from '../api/live'
import { type Frame, Frames, type Trail } from '../api/pipeline'
import { useSession } from '../session/session'

/** The newest frame, and every request that was heard of in the last minute. */
export interface Scene {
  frame: Frame
  trails: ReadonlyMap<string, Trail>
}

const keep = 60_000

/** How long to wait before asking again after an error. */
const pause = 3000

/** What following the pipeline gives, and whether the newest frame is of the past. */
export interface Following {
  scene?: Scene
  stale: boolean
}

/** Follows the pipeline. When that ends, it begins again after a pause, or when the connection is back. */
export function useFrames(): Following {
  const { live, ranking } = useSession()
  const [scene, setScene] = useState<Scene>()
  const [failed, setFailed] = useState(false)
  useEffect(
    () =>
      live &&
      followFrames(live, frame => {
        setFailed(!frame)
        if (frame) setScene(last => ({ frame, trails: merge(last?.trails, frame, ranking?.own) }))
      }),
    [live, ranking],
  )
  const link = useSyncExternalStore(live?.onChange ?? idle, () => live?.link)
  return { scene, stale: failed || link === 'reconnecting' || link === 'offline' }
}

const idle = () => () => undefined

/** Calls back with each frame, and with none when there will be no more for the moment; until it is told to stop. */
export function followFrames(live: Pick<Live, 'subscribe' | 'onReconnect'>, on: (frame?: Frame) => void): () => void {
  let stop: () => void = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = 0 // the subscription that counts: one that was stopped ends, too
  let last = 0
  const start = () => {
    const mine = ++last
    running = mine
    clearTimeout(timer)
    stop()
    const end = () => {
      if (running !== mine) return
      running = 0
      on()
      timer = setTimeout(start, pause)
    }
    const next = ({ pipeline }: { pipeline: Frame }) => running === mine && on(pipeline)
    stop = live.subscribe(Frames, {}, { next, failed: end, ended: end })
  }
  start()
  // What was being followed when the connection was lost goes on by itself.
  const unfollow = live.onReconnect(() => running || start())
  return () => {
    running = -1
    clearTimeout(timer)
    unfollow()
    stop()
  }
}

export function merge(
  known: ReadonlyMap<string, Trail> | undefined,
  frame: Frame,
  own?: ReadonlySet<string>,
): Map<string, Trail> {
  const oldest = Date.parse(frame.at) - keep
  const out = new Map<string, Trail>()
  for (const trail of [...(known?.values() ?? []), ...frame.trails]) {
    if (Date.parse(trail.acceptedAt) > oldest)
      out.set(trail.requestId, own?.has(trail.requestId) ? { ...trail, mine: true } : trail)
  }
  return out
}

export interface Figures {
  inFlight: number
  ready: number
  unacked: number
  rate: number
  first?: number // median milliseconds to the first answer
  finalHalf?: number
  finalMost?: number // 95th percentile
  lost: number
}

export function figuresOf({ frame, trails }: Scene): Figures {
  const all = [...trails.values()]
  const since = (trail: Trail, iso: string | null) => (iso ? Date.parse(iso) - Date.parse(trail.acceptedAt) : undefined)
  const firsts = all.flatMap(trail => {
    const merged = trail.steps.flatMap(s => since(trail, s.mergedAt) ?? [])
    return merged.length ? [Math.min(...merged)] : []
  })
  const finals = all.flatMap(trail => since(trail, trail.finalAt) ?? [])
  const sum = (of: (q: Frame['queues'][number]) => number) =>
    frame.queues.filter(q => q.criterion).reduce((s, q) => s + of(q), 0)
  return {
    inFlight: all.filter(t => !t.finalAt && Date.parse(t.deadlineAt) > Date.parse(frame.at) - 1000).length,
    ready: sum(q => q.ready),
    unacked: sum(q => q.unacked ?? 0),
    rate: frame.requestsPerSecond,
    first: percentile(firsts, 0.5),
    finalHalf: percentile(finals, 0.5),
    finalMost: percentile(finals, 0.95),
    lost: all.flatMap(t => t.steps).filter(s => s.late || ['FAILED', 'TIMED_OUT', 'REJECTED'].includes(s.status))
      .length,
  }
}

export function percentile(values: readonly number[], p: number): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
}
