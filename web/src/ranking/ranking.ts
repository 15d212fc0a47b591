import { type CriterionState, type Pick, Recommend, type RecommendEvent, Resume, type Update } from '../api/documents'
import type { Live } from '../api/live'
import { Store } from '../api/store'
import { t } from '../strings'
import { inputOf, type Settings } from './settings'

/** A ranking on screen, and how the request for it stands. */
export interface RankingState {
  phase: 'idle' | 'ranking' | 'final' | 'failed'
  picks: readonly Pick[] // of the newest update, or of the last request until the running one has any
  criteria: readonly CriterionState[]
  degraded: readonly string[]
  coverage?: Update['coverage']
  requestId?: string
  tookMs?: number
  round: number // counts requests
  finals: number // counts final rankings
  problem?: string
  settings: Settings
}

/** Where the last final ranking is kept, for a visit without a connection. */
export interface Shelf {
  load: () => readonly Pick[] | undefined
  save: (picks: readonly Pick[]) => void
}

/**
 * A person's ranking. It outlives pages, so that the last result stays on screen while the next forms. After a lost
 * connection it attaches to the request that was running; only if there was none does it ask again. After dispose it asks,
 * hears and keeps nothing.
 */
export class Ranking extends Store<RankingState> {
  /** The requests of this visit. A frame of the pipeline does not say whose requests are. */
  readonly own = new Set<string>()
  private readonly live: Live
  private stop: () => void = () => undefined
  private retry?: ReturnType<typeof setTimeout>
  private readonly unfollow: (() => void)[]
  private readonly shelf?: Shelf
  private disposed = false

  constructor(live: Live, settings: Settings = {}, shelf?: Shelf) {
    super({ phase: 'idle', picks: [], criteria: [], degraded: [], round: 0, finals: 0, settings })
    this.live = live
    this.shelf = shelf
    this.unfollow = [live.onReconnect(() => this.resume()), live.onChange(() => this.fallBack())]
  }

  /** Starts a request; one that is running is given up. */
  start(settings = this.get().settings): void {
    if (this.disposed) return
    this.stop()
    clearTimeout(this.retry)
    const s = this.get()
    const waiting = s.criteria.map(c => ({ ...c, status: 'QUEUED' as const, waitMs: null, workMs: null }))
    this.set({
      ...s,
      settings,
      phase: 'ranking',
      criteria: waiting,
      degraded: [],
      requestId: undefined,
      problem: undefined,
      round: s.round + 1,
    })
    this.hold(this.live.subscribe(Recommend, { input: inputOf(settings) }, this.sink(s.round + 1)))
    this.fallBack()
  }

  /** Starts a request unless there is one already, or its result. */
  ensure(): void {
    if (this.get().phase === 'idle') this.start()
  }

  dispose(): void {
    this.disposed = true
    this.stop()
    clearTimeout(this.retry)
    for (const stop of this.unfollow) stop()
  }

  /** Without a connection the last ranking is better than none. */
  private fallBack() {
    const s = this.get()
    if (s.picks.length > 0 || s.phase !== 'ranking' || !['reconnecting', 'offline'].includes(this.live.link)) return
    const picks = this.shelf?.load()
    if (picks?.length) this.set({ ...s, phase: 'failed', picks, problem: t.rank.kept })
  }

  private resume() {
    const { phase, requestId, round } = this.get()
    if (phase === 'failed') this.start()
    if (phase !== 'ranking') return
    if (!requestId) return this.start()
    this.stop()
    this.hold(this.live.subscribe(Resume, { id: requestId }, this.sink(round)))
  }

  private hold(stop: () => void) {
    this.stop = stop
  }

  private sink(round: number) {
    const current = () => !this.disposed && this.get().round === round
    return {
      next: ({ recommend }: { recommend: RecommendEvent }) => current() && this.receive(recommend),
      failed: (message: string) => current() && this.fail(message),
    }
  }

  private receive(event: RecommendEvent) {
    if (event.__typename !== 'RecommendationUpdate') {
      if (event.__typename === 'NotFoundError') return this.start() // the request is too old to attach to
      this.fail(event.message)
      if ('retryAfterMs' in event) this.retry = setTimeout(() => this.start(), Math.max(500, event.retryAfterMs))
      return
    }
    this.own.add(event.requestId)
    const s = this.get()
    const empty = event.picks.length === 0 && !event.isFinal // nothing has answered yet: keep what is on screen
    this.set({
      ...s,
      phase: event.isFinal ? 'final' : 'ranking',
      picks: empty ? s.picks : event.picks,
      criteria: event.criteria,
      degraded: event.degraded,
      coverage: event.coverage,
      requestId: event.requestId,
      tookMs: event.tookMs,
      finals: s.finals + (event.isFinal ? 1 : 0),
      problem: undefined,
    })
    if (event.isFinal && event.picks.length > 0) this.shelf?.save(event.picks)
  }

  private fail(problem: string) {
    this.set({ ...this.get(), phase: 'failed', problem })
  }
}
