import { beforeEach, describe, expect, it, vi } from 'vitest'
import { say, toasts } from '../parts/toasts'
import { actionsOf } from './actions'

/** Connections that open nothing, and say when they are refused. */
const lives: { refuse: () => void; next?: (data: unknown) => void }[] = []
vi.mock('../api/live', () => ({
  Live: class {
    link = 'live'
    on: (typeof lives)[number]
    constructor(_url: string, _token: string, refuse: () => void) {
      this.on = { refuse }
      lives.push(this.on)
    }
    subscribe(_document: unknown, _variables: unknown, { next }: { next: (data: unknown) => void }) {
      this.on.next = next
      return () => undefined
    }
    onReconnect = () => () => undefined
    onChange = () => () => undefined
    dispose = () => undefined
  },
}))
const { enter, leave, session } = await import('./session')

const anna = { id: 'user:1', name: 'Anna' }
const bert = { id: 'user:2', name: 'Bert' }
const stored = (key: string) => localStorage.getItem(`webflix.${key}`)
const film = { id: 'movie:1', title: 'Alien', viewerState: null }

describe('a change of session', () => {
  beforeEach(() => {
    localStorage.clear()
    lives.length = 0
    enter('a', anna)
  })

  it('takes the messages of the person before along, and what they would undo', async () => {
    say('Marked Alien as watched', () => undefined)
    enter('b', bert)
    expect(toasts.get()).toEqual([])
  })

  it('leaves nothing behind, not even what comes late', () => {
    session.get().ranking!.start()
    const final = {
      recommend: { __typename: 'RecommendationUpdate', requestId: 'r', isFinal: true, criteria: [], picks: [{}] },
    }
    lives[0]!.next!(final)
    expect(stored('ranking.user:1')).not.toBeNull()
    leave()
    expect(stored('ticket')).toBeNull()
    lives[0]!.next!(final)
    expect(stored('ranking.user:1')).toBeNull()
  })

  it('is not made by a connection of a visit that is over', () => {
    enter('b', bert)
    lives[0]!.refuse()
    expect(session.get().person).toEqual(bert)
    expect(stored('ticket')).toContain('Bert')
    lives[1]!.refuse()
    expect(session.get().person).toBeUndefined()
    expect(stored('ticket')).toBeNull()
  })

  it('leaves alone what another tab has stored meanwhile', () => {
    localStorage.setItem('webflix.ticket', JSON.stringify({ token: 'b', person: bert }))
    leave('expired')
    expect(session.get().person).toBeUndefined()
    expect(stored('ticket')).toContain('Bert')
  })

  it('ends what the person before was about to do', async () => {
    const last = session.get()
    let answer: (data: unknown) => void = () => undefined
    const sent = vi.spyOn(last, 'command').mockReturnValue(new Promise<never>(done => (answer = done as typeof answer)))
    const doing = actionsOf(last).seen(film)
    enter('b', bert)
    answer({})
    await doing
    expect(toasts.get()).toEqual([])
    await actionsOf(last).unseen(film)
    expect(sent).toHaveBeenCalledTimes(1)
  })
})
