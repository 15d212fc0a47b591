import type { TypedDocumentNode } from '@urql/core'
import { stringifyDocument } from '@urql/core'
import { type Client, createClient } from 'graphql-ws'

/** How the live connection stands, as people see it. */
export type Link = 'connecting' | 'live' | 'reconnecting' | 'offline'

/** A lost connection is shown after a second, and called offline after ten: most losses are over before. */
const showAfter = 1000
const offlineAfter = 10_000

/** The server's word that the token is no good; trying again is of no use. */
const refused = [4401, 4403]

/**
 * The one WebSocket of a signed-in person. It stays open and comes back by itself, sooner at first, with jitter so that a
 * server that restarts is not met by everyone at once.
 */
export class Live {
  link: Link = 'connecting'
  private readonly client: Client
  private readonly listeners = new Set<() => void>()
  private readonly opened = new Set<() => void>()
  private timers: ReturnType<typeof setTimeout>[] = []
  private closed = false

  constructor(url: string, token: string, onRefused: () => void) {
    this.client = createClient({
      url,
      lazy: false,
      lazyCloseTimeout: 1000,
      keepAlive: 12_000,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: event => !refused.includes((event as CloseEvent)?.code),
      retryWait: attempt => rest(Math.min(8000, 250 * 2 ** attempt) * (0.5 + Math.random())),
      onNonLazyError: () => undefined, // told through the closed event
      on: {
        connected: () => this.connected(),
        closed: event => {
          if (refused.includes((event as CloseEvent).code)) onRefused()
          else this.lost()
        },
      },
    })
    addEventListener('offline', this.gone)
    if (!navigator.onLine) this.link = 'offline'
  }

  /** Calls back with each value, until it is told to stop or the server has ended the operation. */
  subscribe<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    on: { next: (data: Data) => void; failed?: (message: string) => void; ended?: () => void },
  ): () => void {
    return this.client.subscribe<Data>(
      { query: stringifyDocument(document), variables: variables as Record<string, unknown> },
      {
        next: result => {
          if (result.errors?.length) on.failed?.(result.errors[0]!.message)
          else if (result.data) on.next(result.data)
        },
        error: error => on.failed?.(wordsOf(error)),
        complete: () => on.ended?.(),
      },
    )
  }

  /** Calls back each time the connection is open again after a loss. */
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
    // It rejects when the connection never came about, which is no news to anyone.
    Promise.resolve(this.client.dispose()).catch(() => undefined)
  }

  private connected() {
    const again = this.wasLost
    this.wasLost = false
    this.clear()
    this.show('live')
    if (again) for (const listener of this.opened) listener()
  }

  private wasLost = false

  private lost() {
    if (this.closed || this.wasLost) return
    this.wasLost = true
    this.timers = [
      setTimeout(() => this.link !== 'offline' && this.show('reconnecting'), showAfter),
      setTimeout(() => this.show('offline'), offlineAfter),
    ]
  }

  private gone = () => this.show('offline')

  private show(link: Link) {
    if (this.link === link || this.closed) return
    this.link = link
    for (const listener of this.listeners) listener()
  }

  private clear() {
    for (const timer of this.timers) clearTimeout(timer)
    this.timers = []
  }
}

/** Waits, but not when the browser says that the network is back. */
function rest(ms: number): Promise<void> {
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
