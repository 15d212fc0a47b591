import type { TypedDocumentNode } from '@urql/core'
import { stringifyDocument } from '@urql/core'
import { type Client, createClient } from 'graphql-ws'

/** How the live connection stands, as people see it. */
export type Link = 'connecting' | 'live' | 'reconnecting' | 'offline'

/** A lost connection is shown after a second, and called offline after ten: most losses are over before. */
const showAfter = 1000
const offlineAfter = 10_000

/** How long the server may leave a call or a ping unanswered. Behind a network that has gone silent nothing else tells. */
const patience = 10_000

/** A connection that lasted this long was a good one: the next loss is met without delay. */
const good = 5000

/** The server's word that the token is no good; trying again is of no use. */
const refused = [4401, 4403]

/**
 * A connection that comes back from whatever ended it: of some codes graphql-ws makes an end for good, and of 1000 a call again
 * at once. All but those above look to it like a cable that was cut.
 */
class Socket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol)
    this.addEventListener('close', event => {
      if (refused.includes(event.code)) return
      event.stopImmediatePropagation()
      this.onclose?.(new CloseEvent('close', { code: 1006, reason: event.reason }))
    })
  }
}

/**
 * The one WebSocket of a signed-in person. It stays open and comes back by itself, sooner at first, with jitter so that a
 * server that restarts is not met by everyone at once. After dispose it opens nothing, calls nobody and tells nothing.
 */
export class Live {
  link: Link = 'connecting'
  private readonly client: Client
  private readonly listeners = new Set<() => void>()
  private readonly opened = new Set<() => void>()
  private timers: ReturnType<typeof setTimeout>[] = []
  private silence?: ReturnType<typeof setTimeout>
  private socket?: WebSocket // while it is open and acknowledged
  private since = 0
  private tries = 0
  private wasLost = false
  private closed = false

  constructor(url: string, token: string, onRefused: () => void) {
    this.client = createClient({
      url,
      webSocketImpl: Socket,
      lazy: false,
      keepAlive: 12_000,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: event => !refused.includes((event as CloseEvent)?.code),
      retryWait: () => this.rest(),
      onNonLazyError: () => undefined, // told through the closed event
      on: {
        connecting: () => this.listen(),
        connected: socket => this.connected(socket as WebSocket),
        ping: received => received || this.listen(),
        pong: received => received && this.restore(),
        message: () => clearTimeout(this.silence),
        closed: event => {
          clearTimeout(this.silence)
          if (this.closed) return
          if (refused.includes((event as CloseEvent).code)) onRefused()
          else this.lost()
        },
      },
    })
    addEventListener('offline', this.gone)
    addEventListener('online', this.verify)
    if (!navigator.onLine) this.link = 'offline'
  }

  /** Calls back with each value, until it is told to stop or the server has ended the operation. */
  subscribe<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    on: { next: (data: Data) => void; failed?: (message: string) => void; ended?: () => void },
  ): () => void {
    if (this.closed) return () => undefined
    return this.client.subscribe<Data>(
      { query: stringifyDocument(document), variables: variables as Record<string, unknown> },
      {
        next: result => {
          if (this.closed) return
          if (result.errors?.length) on.failed?.(result.errors[0]!.message)
          else if (result.data) on.next(result.data)
        },
        error: error => this.closed || on.failed?.(wordsOf(error)),
        complete: () => this.closed || on.ended?.(),
      },
    )
  }

  /** Calls back each time the connection is there again after a loss. */
  onReconnect(listener: () => void): () => void {
    this.opened.add(listener)
    return () => this.opened.delete(listener)
  }

  onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  dispose(): void {
    this.closed = true
    this.clear()
    removeEventListener('offline', this.gone)
    removeEventListener('online', this.verify)
    // It rejects when the connection never came about, which is no news to anyone.
    Promise.resolve(this.client.dispose()).catch(() => undefined)
    if (!this.socket) this.client.terminate() // one that is just being opened
    clearTimeout(this.silence)
  }

  private connected(socket: WebSocket) {
    if (this.closed) return
    this.socket = socket
    this.since = performance.now()
    const again = this.wasLost
    this.wasLost = false
    this.clear()
    this.show('live')
    if (again) this.tellOpened()
  }

  private lost() {
    if (this.socket && performance.now() - this.since > good) this.tries = 0
    this.socket = undefined
    if (this.wasLost) return
    this.wasLost = true
    this.timers = [
      setTimeout(() => this.link !== 'offline' && this.show('reconnecting'), showAfter),
      setTimeout(() => this.show('offline'), offlineAfter),
    ]
  }

  /** Waits for the server's next word, whatever it is; without one the connection is given up, and a new one opened. */
  private listen() {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => this.client.terminate(), patience)
  }

  private gone = () => this.show('offline')

  /** The network is back: the connection may have outlived the gap. Its answer says so, or the lack of one. */
  private verify = () => {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    this.socket.send('{"type":"ping"}')
    this.listen()
  }

  private restore() {
    if (this.closed || !this.socket || this.link === 'live') return
    this.show('live')
    this.tellOpened()
  }

  private tellOpened() {
    for (const listener of this.opened) listener()
  }

  private show(link: Link) {
    if (this.link === link || this.closed) return
    this.link = link
    for (const listener of this.listeners) listener()
  }

  private clear() {
    for (const timer of this.timers) clearTimeout(timer)
    this.timers = []
  }

  /** Waits before the next call, but not when the browser says that the network is back; for ever when nobody is to call. */
  private async rest(): Promise<void> {
    await pause(Math.min(8000, 250 * 2 ** this.tries++) * (0.5 + Math.random()))
    if (this.closed) await new Promise(() => undefined)
  }
}

/** A pause that the return of the network ends. */
function pause(ms: number): Promise<void> {
  return new Promise(done => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      done()
    }
    const timer = setTimeout(end, ms)
    addEventListener('online', end)
  })
}

function wordsOf(error: unknown): string {
  if (Array.isArray(error)) return String(error[0]?.message ?? 'The request was refused.')
  return error instanceof Error ? error.message : 'The connection was lost.'
}
