import { useEffect, useState } from 'react'
import { type Frame, Frames, type Trail } from '../api/pipeline'
import { useSession } from '../session/session'

/** The newest frame, and every request that was heard of in the last minute. */
export interface Scene {
  frame: Frame
  trails: ReadonlyMap<string, Trail>
}

const keep = 60_000

/** Follows the pipeline. */
export function useFrames(): { scene?: Scene; failed: boolean } {
  const { live, ranking } = useSession()
  const [scene, setScene] = useState<Scene>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    return live?.subscribe(
      Frames,
      {},
      {
        next: ({ pipeline }) => {
          setFailed(false)
          setScene(last => ({ frame: pipeline, trails: merge(last?.trails, pipeline, ranking?.own) }))
        },
        failed: () => setFailed(true),
      },
    )
  }, [live, ranking])
  return { scene, failed }
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
