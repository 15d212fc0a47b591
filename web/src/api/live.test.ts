import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Frames } from './pipeline'

/** A WebSocket whose other end is the test. */
class Wire extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  static all: Wire[] = []
  static get last() {
    return Wire.all.at(-1)!
  }
  readyState = Wire.CONNECTING
  sent: { type: string; id?: string }[] = []
  onopen?: () => void
  onerror?: (event: unknown) => void
  onmessage?: (event: { data: string }) => void
  private handler?: ((event: Event) => void) | null
  constructor() {
    super()
    Wire.all.push(this)
  }
  get onclose() {
    return this.handler
  }
  set onclose(handler) {
    if (this.handler === undefined) this.addEventListener('close', event => this.handler?.(event))
    this.handler = handler
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.readyState = Wire.CLOSING
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  async greet() {
    this.readyState = Wire.OPEN
    this.onopen?.()
    await vi.advanceTimersByTimeAsync(0)
    this.say({ type: 'connection_ack' })
    await vi.advanceTimersByTimeAsync(0)
  }
  async end(code: number) {
    this.readyState = Wire.CLOSED
    this.dispatchEvent(new CloseEvent('close', { code }))
    await vi.advanceTimersByTimeAsync(0)
  }
}

vi.stubGlobal('WebSocket', Wire)
const { Live } = await import('./live')

describe('Live', () => {
  let live: InstanceType<typeof Live>
  let refusals: number
  beforeEach(async () => {
    vi.useFakeTimers()
    Wire.all = []
    refusals = 0
    live = new Live('ws://webflix/graphql', 'token', () => refusals++)
    await Wire.last.greet()
  })
  afterEach(() => {
    live.dispose()
    vi.useRealTimers()
  })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  it.each([1000, 1001, 1006, 1008, 1009, 1011, 4400, 4409, 4429, 4500])('comes back after %i', async code => {
    let back = 0
    live.onReconnect(() => back++)
    await Wire.last.end(code)
    expect(Wire.all).toHaveLength(1) // not at once
    await pass(1200)
    expect(live.link).toBe('reconnecting')
    expect(Wire.all).toHaveLength(2)
    await Wire.last.greet()
    expect(live.link).toBe('live')
    expect(back).toBe(1)
    expect(refusals).toBe(0)
  })

  it('asks again for what was followed, and tells nobody of a failure', async () => {
    const failed = vi.fn()
    live.subscribe(Frames, {}, { next: () => undefined, failed })
    await pass(0)
    await Wire.last.end(1008)
    await pass(400)
    await Wire.last.greet()
    expect(Wire.last.sent.map(m => m.type)).toEqual(['connection_init', 'subscribe'])
    expect(failed).not.toHaveBeenCalled()
  })

  it.each([4401, 4403])('takes %i for a refusal', async code => {
    await Wire.last.end(code)
    await pass(60_000)
    expect(Wire.all).toHaveLength(1)
    expect(refusals).toBe(1)
  })

  it('waits longer each time when the server takes it in only to end it', async () => {
    for (let i = 0; i < 5; i++) {
      await Wire.last.end(4400)
      await pass(9000)
      await Wire.last.greet()
    }
    await Wire.last.end(4400)
    await pass(3900) // half of 250 * 2 ** 5
    expect(Wire.all).toHaveLength(6)
  })

  it('is live again when the network is back and the connection has outlived the gap', async () => {
    dispatchEvent(new Event('offline'))
    expect(live.link).toBe('offline')
    dispatchEvent(new Event('online'))
    expect(Wire.last.sent.at(-1)).toEqual({ type: 'ping' })
    Wire.last.say({ type: 'pong' })
    expect(live.link).toBe('live')
    expect(Wire.all).toHaveLength(1)
  })

  it('gives up a connection that has gone silent, and opens another', async () => {
    await pass(12_000)
    Wire.last.say({ type: 'pong' })
    await pass(12_000)
    expect(Wire.all).toHaveLength(1)
    await pass(10_000 + 400)
    expect(Wire.all).toHaveLength(2)
    await pass(10_000 + 800) // nor does this one open
    expect(Wire.all).toHaveLength(3)
  })

  it('opens nothing and tells nothing after dispose', async () => {
    await Wire.last.end(1006)
    live.dispose()
    const failed = vi.fn()
    live.subscribe(Frames, {}, { next: () => undefined, failed, ended: failed })
    await pass(60_000)
    expect(Wire.all).toHaveLength(1)
    expect(failed).not.toHaveBeenCalled()

    live = new Live('ws://webflix/graphql', 'mistyped', () => refusals++)
    const wire = Wire.last
    live.dispose()
    await wire.end(4403)
    expect(refusals).toBe(0)
  })
})
