import type { Trail } from '../api/pipeline'

export type Moment = 'accepted' | 'published' | 'started' | 'finished' | 'merged' | 'lost' | 'final'

/** Something that happened to a request, by the server's clock. */
export interface Happening {
  at: number
  moment: Moment
  request: string
  mine: boolean
  criterion?: string
}

export type Speed = 'paused' | 'real' | 'slow'

const rates: Record<Speed, number> = { paused: 0, real: 1, slow: 1 / 20 }

/** The picture runs this far behind the server, so that a frame is there before it is due. */
const delay = 600

/** Requests of a second that are shown: among more of them no eye can follow one. */
export const mostASecond = 20

/** When the picture has fallen behind by more than this, requests in between are left out. */
const most = { real: 2500, slow: 6000 }

/** How long a request is remembered after it was accepted. Frames repeat none for as long. */
const keep = 60_000

/**
 * Plays what frames say in the order in which it happened, in real time or slow motion. Frames repeat what is known; each
 * happening is played once. Frames go on while nobody looks and the clock stands still: what has become old meanwhile is
 * forgotten unplayed, except the rest of requests that are on their way in the picture.
 */
export class Playback {
  speed: Speed = 'slow'
  skipped = 0
  private clock?: number
  private newest = 0
  private due: Happening[] = []
  private readonly known = new Map<string, { since: number; happenings: Set<string> }>() // by request
  private readonly open = new Set<string>() // requests that are on their way in the picture
  readonly left = new Set<string>() // requests that were left out
  private readonly crowd = new Map<number, number>() // requests that are shown, by second

  feed(at: number, trails: readonly Trail[]): void {
    this.newest = Math.max(this.newest, at)
    this.clock ??= at - delay
    const oldest = this.newest - keep
    for (const trail of trails) {
      const since = Date.parse(trail.acceptedAt)
      if (since < oldest && !this.open.has(trail.requestId)) continue
      for (const h of happenings(trail)) this.add(h, since)
    }
    this.due.sort((a, b) => a.at - b.at || order[a.moment] - order[b.moment])
    this.forget(oldest)
  }

  /** How much it remembers. */
  get size(): number {
    return this.due.length + this.known.size + this.left.size
  }

  /** Moves the clock on by real milliseconds and returns what is due. */
  advance(ms: number): Happening[] {
    if (this.clock === undefined || this.speed === 'paused') return []
    this.clock += ms * rates[this.speed]
    this.hurry()
    const out: Happening[] = []
    while (this.due[0] && this.due[0].at <= this.clock) {
      const next = this.due.shift()!
      if (next.moment === 'accepted') this.open.add(next.request)
      if (next.moment === 'final') this.open.delete(next.request)
      out.push(next)
    }
    return out
  }

  private forget(oldest: number) {
    const old = new Set<string>()
    for (const [request, { since }] of this.known) if (since < oldest && !this.open.has(request)) old.add(request)
    if (old.size === 0) return
    for (const request of old) {
      this.known.delete(request)
      this.left.delete(request)
    }
    this.due = this.due.filter(h => !old.has(h.request))
  }

  private add(h: Happening, since: number) {
    const key = `${h.criterion ?? ''}/${h.moment}`
    const known = this.known.get(h.request) ?? { since, happenings: new Set() }
    if (known.happenings.has(key)) return
    known.happenings.add(key)
    this.known.set(h.request, known)
    if (this.left.has(h.request)) return
    // Long over when it is first heard of: nothing of it can be shown in its place.
    if (h.moment === 'accepted' && this.clock !== undefined && h.at < this.clock - 4000) this.left.add(h.request)
    else if (h.moment === 'accepted' && !h.mine && this.crowded(h.at)) {
      this.left.add(h.request)
      this.skipped++
    } else this.due.push(h)
  }

  private crowded(at: number): boolean {
    const second = Math.floor(at / 1000)
    const shown = this.crowd.get(second) ?? 0
    if (shown >= mostASecond) return true
    this.crowd.set(second, shown + 1)
    if (this.crowd.size > 100) this.crowd.delete(this.crowd.keys().next().value!)
    return false
  }

  private hurry() {
    const clock = this.clock!
    const next = this.due[0]
    if (this.speed === 'slow') {
      // Nothing is on its way: no need to wait twentyfold for what comes next.
      if (this.open.size === 0) {
        if (this.newest - delay - clock > most.slow) this.leaveOut(this.newest - 2000)
        this.clock = Math.max(clock, Math.min(this.due[0]?.at ?? this.newest - delay, this.newest))
      } else if (next && next.at - clock > 200) this.clock = next.at - 200
      else if (!next && this.newest - delay > clock) this.clock = this.newest - delay
      this.limit()
    } else if (this.newest - clock > most.real + delay) {
      this.clock = this.newest - delay
      this.leaveOut(this.clock) // all of it at once would be a crowd that never was
    }
  }

  /** In slow motion requests come faster than they can be shown: new ones wait outside, and are counted. */
  private limit() {
    if (this.open.size < 12) return
    this.leaveOut(this.clock! + 1000)
  }

  private leaveOut(before: number) {
    const out = new Set(this.due.filter(h => h.moment === 'accepted' && h.at < before && !h.mine).map(h => h.request))
    if (out.size === 0) return
    for (const request of out) this.left.add(request)
    this.skipped += out.size
    this.due = this.due.filter(h => !out.has(h.request))
  }
}

const order: Record<Moment, number> = {
  accepted: 0,
  published: 1,
  started: 2,
  finished: 3,
  merged: 4,
  lost: 5,
  final: 6,
}

function happenings(trail: Trail): Happening[] {
  const out: Happening[] = []
  const note = (moment: Moment, iso: string | null, criterion?: string) => {
    if (iso) out.push({ at: Date.parse(iso), moment, request: trail.requestId, mine: trail.mine, criterion })
  }
  note('accepted', trail.acceptedAt)
  for (const step of trail.steps) {
    note('published', step.publishedAt ?? step.startedAt, step.criterion)
    note('started', step.startedAt, step.criterion)
    note('finished', step.finishedAt, step.criterion)
    const lost = step.late || !['QUEUED', 'DONE'].includes(step.status)
    if (lost) note('lost', trail.finalAt, step.criterion)
    else note('merged', step.mergedAt, step.criterion)
  }
  note('final', trail.finalAt)
  return out
}
