import { Client, cacheExchange, type Exchange, fetchExchange, type TypedDocumentNode } from '@urql/core'
import { createContext, useContext } from 'react'
import { Live } from '../api/live'
import { endpoint, liveEndpoint } from '../api/place'
import { Store } from '../api/store'
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
  private readonly commands: Client

  constructor(ticket?: Ticket) {
    this.queries = clientFor(ticket?.token, [cacheExchange, fetchExchange])
    // Changes go past the cache: it would fetch every list anew, and films would jump about under the pointer.
    this.commands = clientFor(ticket?.token, [fetchExchange])
    if (!ticket) return
    this.person = ticket.person
    this.live = new Live(liveEndpoint, ticket.token, () => leave('expired'))
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
    this.ranking?.dispose()
    this.live?.dispose()
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

export function leave(why: '' | 'expired' = ''): void {
  const { person } = session.get()
  save('ticket', undefined)
  if (person) save(shelfOf(person), undefined)
  farewell.set(why)
  change(new Session())
}

function change(next: Session) {
  const last = session.get()
  session.set(next)
  last.dispose()
}

export const SessionContext = createContext<Session>(session.get())

export const useSession = (): Session => useContext(SessionContext)

/** Sends changes as somebody else, for as long as the caller keeps it. Nobody is signed out for it. */
export function enterAs(token: string): Pick<Session, 'command'> {
  const client = clientFor(token, [fetchExchange])
  return { command: (document, variables) => send(client, document, variables) }
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
