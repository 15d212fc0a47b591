import { type Lane, type Layout, type Point, slotX } from './layout'
import type { Happening } from './playback'

/** A request's part on its way. */
export interface Token {
  key: number
  request: string
  mine: boolean
  x: number
  y: number
  small: boolean // a partial result on its way back
  grey: boolean // failed, or too late
  gone: boolean
}

interface Traveller extends Token {
  way: Point[]
  todo: (() => void)[] // run one after the other, each when the way so far is done
  lane?: Lane
  place?: 'queue' | 'worker'
  slot?: number
  rest: number // milliseconds to stay before it goes on
}

/** Units of the picture a millisecond. */
const pace = 0.75
/** How long a token is seen in a worker at least, though the work may have been quicker. */
const glimpse = 240

/**
 * The tokens of the picture. What happens is told by the server; a token walks its way at a steady pace and never jumps,
 * so it may arrive a little later than the truth, always in the right order.
 */
export class Stage {
  readonly tokens: Traveller[] = []
  private keys = 0
  private layout: Layout
  private readonly parts = new Map<string, Traveller>() // by request and criterion

  constructor(layout: Layout) {
    this.layout = layout
  }

  /** Lanes and workers may come and go; tokens keep walking. */
  relay(layout: Layout): void {
    this.layout = layout
    for (const token of this.tokens) {
      if (token.lane) token.lane = layout.lanes.find(l => l.criterion === token.lane!.criterion) ?? token.lane
    }
  }

  play(h: Happening): void {
    const { browsers, api, exchange } = this.layout
    const key = `${h.request}/${h.criterion}`
    const part = this.parts.get(key)
    if (h.moment === 'accepted') {
      const token = this.spawn(h, browsers)
      this.go(token, [api, exchange], () => this.drop(token))
    } else if (h.moment === 'published') {
      const lane = this.layout.lanes.find(l => l.criterion === h.criterion)
      if (!lane || part) return
      const token = this.spawn(h, api)
      token.lane = lane
      token.rest = 190 // behind the request itself
      this.parts.set(key, token)
      this.go(token, [exchange, ...lane.into], () => {
        token.place = 'queue'
        this.lineUp(lane)
      })
    } else if (!part) return
    else if (h.moment === 'started') this.after(part, () => this.enterWorker(part))
    else if (h.moment === 'finished') this.after(part, () => this.leaveWorker(part))
    else if (h.moment === 'merged') this.after(part, () => this.sendBack(part, key))
    else if (h.moment === 'lost') this.after(part, () => this.lose(part, key))
    if (h.moment === 'final') this.finish(h)
  }

  /** Lets time pass. */
  step(ms: number): void {
    for (const token of this.tokens) this.walk(token, ms)
    for (let i = this.tokens.length - 1; i >= 0; i--) if (this.tokens[i]!.gone) this.tokens.splice(i, 1)
  }

  /** How many wait in a lane and how many are in its workers, as the picture has it. */
  waiting(criterion: string): number {
    return this.tokens.filter(t => t.lane?.criterion === criterion && t.place === 'queue').length
  }

  busy(criterion: string): Set<number> {
    return new Set(this.tokens.filter(t => t.lane?.criterion === criterion && t.place === 'worker').map(t => t.slot!))
  }

  private spawn(h: Happening, [x, y]: Point): Traveller {
    const token: Traveller = {
      key: ++this.keys,
      request: h.request,
      mine: h.mine,
      x,
      y,
      small: false,
      grey: false,
      gone: false,
      way: [],
      todo: [],
      rest: 0,
    }
    this.tokens.push(token)
    return token
  }

  private go(token: Traveller, way: Point[], then: () => void) {
    token.way.push(...way)
    token.todo.unshift(then)
  }

  private after(token: Traveller, action: () => void) {
    token.todo.push(action)
  }

  private walk(token: Traveller, ms: number) {
    if (token.rest > 0) {
      token.rest -= ms
      return
    }
    let left = ms * pace
    while (left > 0) {
      const to = token.way[0]
      if (!to) {
        const next = token.todo.shift()
        if (!next) return
        next()
        if (token.gone || token.rest > 0) return
        continue
      }
      const [dx, dy] = [to[0] - token.x, to[1] - token.y]
      const distance = Math.hypot(dx, dy)
      if (distance <= left) {
        token.x = to[0]
        token.y = to[1]
        token.way.shift()
        left -= distance
      } else {
        token.x += (dx / distance) * left
        token.y += (dy / distance) * left
        left = 0
      }
    }
  }

  private enterWorker(token: Traveller) {
    const lane = token.lane!
    const busy = this.busy(lane.criterion)
    const free = lane.workers.findIndex((_, i) => !busy.has(i))
    token.place = 'worker'
    token.slot = Math.max(0, free)
    token.way.push([lane.workers[token.slot]!, lane.y])
    token.todo.unshift(() => {
      token.rest = glimpse
    })
    this.lineUp(lane)
  }

  private leaveWorker(token: Traveller) {
    token.place = undefined
    token.way.push(...(token.lane?.out ?? []), this.layout.merge)
  }

  private sendBack(token: Traveller, key: string) {
    this.parts.delete(key)
    token.small = true
    token.lane = undefined
    this.go(token, this.layout.back, () => this.drop(token))
  }

  private lose(token: Traveller, key: string) {
    this.parts.delete(key)
    token.grey = true
    token.place = undefined
    token.rest = 900
    if (token.lane) this.lineUp(token.lane)
    token.todo.unshift(() => this.drop(token))
  }

  private finish(h: Happening) {
    const token = this.spawn(h, this.layout.merge)
    token.rest = 500
    this.go(token, [this.layout.result], () => {
      token.rest = 400
      token.todo.unshift(() => this.drop(token))
    })
  }

  private lineUp(lane: Lane) {
    this.tokens
      .filter(t => t.lane === lane && t.place === 'queue')
      .forEach((t, i) => {
        t.way = [[slotX(lane, i), lane.y]]
      })
  }

  private drop(token: Traveller) {
    token.gone = true
  }
}
