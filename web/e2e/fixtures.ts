import { test as base, expect, type Page } from '@playwright/test'
import { freePort, startPretender, Webflix } from './server'

interface Fixtures {
  /** Fails the test when the page throws or breaks its own policy. */
  clean: undefined
}
interface WorkerFixtures {
  webflix: Webflix
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  webflix: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const webflix = new Webflix(await freePort(), process.env.WEBFLIX_URL)
      await webflix.start()
      await use(webflix)
      await webflix.dispose()
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  baseURL: async ({ webflix }, use) => use(webflix.url),
  clean: [
    async ({ page }, use) => {
      const problems: string[] = []
      page.on('pageerror', error => problems.push(String(error)))
      page.on('console', message => /Content Security Policy/.test(message.text()) && problems.push(message.text()))
      await use(undefined)
      expect(problems).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

interface Ticket {
  token: string
  person: { id: string; name: string }
}

async function post<T>(url: string, query: string, variables: object): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data?: T; errors?: unknown }
  if (!data) throw new Error(JSON.stringify(errors))
  return data
}

async function ask(url: string, input: object): Promise<Ticket> {
  const query =
    'mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { token user { id name } } ... on UserError { message } } }'
  const { signIn } = await post<{ signIn: { token?: string; user: Ticket['person'] } }>(url, query, { input })
  if (!signIn.token) throw new Error(JSON.stringify(signIn))
  return { token: signIn.token, person: signIn.user }
}

/** Signs the page in without the door. */
export async function enter(page: Page, url: string, input: object): Promise<Ticket> {
  const ticket = await ask(url, input)
  await page.addInitScript(value => {
    if (!sessionStorage.getItem('entered')) localStorage.setItem('webflix.ticket', value)
    sessionStorage.setItem('entered', '1')
  }, JSON.stringify(ticket))
  return ticket
}

/** Signs in as the n-th person of the server, from 1. */
export async function asPerson(page: Page, url: string, n: number): Promise<Ticket> {
  const { users } = await post<{ users: { nodes: { id: string }[] } }>(
    url,
    'query($n: Int!) { users(first: $n) { nodes { id } } }',
    { n },
  )
  return enter(page, url, { user: users.nodes[n - 1]!.id })
}
export const asNewcomer = (page: Page, url: string, name: string) => enter(page, url, { newUserName: name })

/** Asks for a ranking past the page. */
export const recommend = (url: string, token: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"mutation { requestRecommendations(input: { first: 5 }) { __typename } }"}',
  })

/** Waits until the ranking is final, and until the films stand where it puts them: they move at most once in 400 ms. */
export async function final(page: Page): Promise<void> {
  await expect(page.locator('.rank-state.final')).toBeVisible()
  await still(page)
}

/** Waits until the films of a live list have stopped moving. */
export async function still(page: Page): Promise<void> {
  const order = () =>
    page.locator('.track.live .card').evaluateAll(cards => cards.map(c => (c as HTMLElement).dataset.id).join())
  let last = ''
  await expect
    .poll(
      async () => {
        const before = last
        last = await order()
        return last === before
      },
      { intervals: [600] },
    )
    .toBe(true)
}

export const picks = (page: Page) => page.locator('.row', { hasText: 'Recommended for you' }).locator('.card')

export const idsOf = (page: Page) =>
  picks(page).evaluateAll(cards => cards.map(card => (card as HTMLElement).dataset.id!))

/** A server that pretends, for the tests of one file. */
export async function pretending<T>(settings: Record<string, string>, run: (url: string) => Promise<T>): Promise<T> {
  const { url, stop } = await startPretender(settings)
  try {
    return await run(url)
  } finally {
    stop()
  }
}

/** The path of a film that the server has: catalogues differ. */
export async function filmPath(url: string): Promise<string> {
  const { movies } = await post<{ movies: { nodes: { id: string }[] } }>(
    url,
    '{ movies(first: 1) { nodes { id } } }',
    {},
  )
  return `/movie/${movies.nodes[0]!.id.replace('movie:', '')}`
}
