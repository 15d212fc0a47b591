import { Client, cacheExchange, type Exchange, fetchExchange, type TypedDocumentNode } from '@urql/core'
import { createContext, useContext } from 'react'
import { Viewer } from '../api/documents'
import { Live } from '../api/live'
import { endpoint, liveEndpoint } from '../api/place'
import { Store } from '../api/store'
import { hush } from '../parts/toasts'
import { Ranking } from '../ranking/ranking'
import { t } from '../strings'
import { Marks } from './marks'
import { load, save } from './stored'

export interface Person {
  id: string
  name: string
}

interface Ticket {
  token: string
  person: Person
}

/** One person's visit, or nobody's. Everything that is theirs goes when they do. */
export class Session {
  readonly queries: Client
  readonly marks = new Marks()
  readonly live?: Live
  readonly ranking?: Ranking
  readonly person?: Person
  /** Whether the visit is over: what was sent before may still be answered, but is nobody's any more. */
  ended = false
  private readonly token?: string
  private readonly commands: Client

  constructor(ticket?: Ticket) {
    this.queries = clientFor(ticket?.token, [cacheExchange, fetchExchange])
    // Changes go past the cache: it would fetch every list anew, and films would jump about under the pointer.
    this.commands = clientFor(ticket?.token, [fetchExchange])
    if (!ticket) return
    this.person = ticket.person
    this.token = ticket.token
    this.live = new Live(liveEndpoint, ticket.token, () => leave('expired', this))
    const key = shelfOf(ticket.person)
    this.ranking = new Ranking(this.live, load(`settings.${ticket.person.id}`), {
      load: () => load(key),
      save: picks => save(key, picks),
    })
  }

  /** Sends a change. Throws an Error with the server's words when it fails. */
  command<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return send(this.commands, document, variables)
  }

  /** Reads past the cache. */
  async read<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const result = await this.queries.query(document, variables as never, { requestPolicy: 'network-only' }).toPromise()
    if (result.error || !result.data) throw new Error(result.error?.graphQLErrors[0]?.message ?? t.states.noConnection)
    return result.data
  }

  dispose(): void {
    this.ended = true
    this.ranking?.dispose()
    this.live?.dispose()
  }

  /** Forgets what the browser keeps of the person, unless another tab has stored somebody else's ticket meanwhile. */
  forget(): void {
    if (!this.person) return
    const stored = load<Ticket>('ticket')
    if (stored?.token === this.token) save('ticket', undefined)
    save(shelfOf(this.person), undefined)
  }
}

/** Where a person's last ranking is kept. It goes when they sign out. */
const shelfOf = (person: Person) => `ranking.${person.id}`

/** Why nobody is signed in. */
export const farewell = new Store<'' | 'expired'>('')

/** Who was signed in on the last visit, if what the browser kept makes sense. */
function known(): Ticket | undefined {
  const ticket = load<Ticket>('ticket')
  return ticket?.token && ticket.person?.id && ticket.person.name ? ticket : undefined
}

export const session = new Store<Session>(new Session(known()))

export function enter(token: string, person: Person): void {
  save('ticket', { token, person })
  farewell.set('')
  change(new Session({ token, person }))
}

/** Ends a visit, if it is still the one that goes on here. */
export function leave(why: '' | 'expired' = '', whose = session.get()): void {
  if (whose !== session.get()) return
  whose.dispose()
  whose.forget()
  farewell.set(why)
  change(new Session())
}

function change(next: Session) {
  session.get().dispose()
  hush()
  session.set(next)
}

export const SessionContext = createContext<Session>(session.get())

export const useSession = (): Session => useContext(SessionContext)

/** Sends changes as somebody else, for as long as the caller keeps it. Nobody is signed out for it. */
export function enterAs(token: string): Pick<Session, 'command'> {
  const client = clientFor(token, [fetchExchange])
  return { command: (document, variables) => send(client, document, variables) }
}

/** Whose token this is, nobody's if it is none. Throws when there is no answer, and when the server refuses the token. */
export async function whoIs(token: string): Promise<Person | null> {
  const { data, error } = await clientFor(token, [fetchExchange]).query(Viewer, {}).toPromise()
  if (!data) throw new Error(error?.graphQLErrors[0]?.message ?? t.states.noConnection)
  return data.viewer
}

function clientFor(token: string | undefined, exchanges: Exchange[]): Client {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return new Client({
    url: endpoint,
    exchanges,
    fetchOptions: { headers, credentials: 'same-origin' },
    preferGetMethod: false,
  })
}

async function send<Data, Variables extends object>(
  client: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const result = await client.mutation(document, variables as never).toPromise()
  if (result.error) throw new Error(result.error.graphQLErrors[0]?.message ?? t.states.noConnection)
  const data = result.data as Data & { result?: { __typename: string; message?: string } }
  if (data.result?.message && data.result.__typename.endsWith('Error')) throw new Error(data.result.message)
  return data
}
