// A GraphQL server with the real schema and a made-up world, to work on the web app alone: npm run dev:api, then npm run
// dev. What it pretends can be set: PACE=10 slows the criteria down, BROKEN=genres lets one fail, FROZEN=history lets one
// never answer, CROWD=1 has other people ask, too. With DIST=1 it also serves dist/.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { execute, parse, subscribe, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { start } from './pipeline.mjs'
import { rootValue, subscriptions } from './resolvers.mjs'
import { readSchema } from './schema.mjs'
import { people } from './world.mjs'

const env = process.env
const list = text => (text ? text.split(',') : [])
const options = () => ({ pace: +(env.PACE ?? 1), broken: list(env.BROKEN), frozen: list(env.FROZEN) })
const schema = await readSchema()
const queries = rootValue(options)
const streams = subscriptions(options)
const viewerOf = header => people.get(/^Bearer (.+)$/.exec(header ?? '')?.[1])

async function answer(request, response) {
  let body = ''
  for await (const chunk of request) body += chunk
  const { query, variables, operationName } = JSON.parse(body)
  const document = parse(query)
  const errors = validate(schema, document)
  const contextValue = { viewer: viewerOf(request.headers.authorization) }
  const result = errors.length
    ? { errors }
    : await execute({ schema, document, variableValues: variables, operationName, rootValue: queries, contextValue })
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
}

const kinds = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
async function file(request, response) {
  const path = new URL(request.url, 'http://x').pathname
  const name = extname(path) ? path : '/index.html'
  try {
    const content = await readFile(join(new URL('../dist', import.meta.url).pathname, name))
    response.writeHead(200, { 'content-type': kinds[extname(name)] ?? 'text/plain' }).end(content)
  } catch {
    response.writeHead(404).end('not found')
  }
}

const server = createServer((request, response) => {
  const handle = request.url.startsWith('/graphql') ? answer : file
  handle(request, response).catch(error => response.writeHead(500).end(String(error)))
})
// biome-ignore lint/correctness/useHookAtTopLevel: no hook, for all its name
useServer(
  {
    schema,
    context: ({ connectionParams }) => ({ viewer: viewerOf(connectionParams?.authorization) }),
    execute: args => execute({ ...args, rootValue: args.rootValue ?? queries }),
    subscribe: args => subscribe({ ...args, rootValue: streams }),
  },
  new WebSocketServer({ server, path: '/graphql' }),
)
server.listen(+(env.PORT ?? 4010), '127.0.0.1', () =>
  console.log(`made-up API on http://127.0.0.1:${server.address().port}/graphql`),
)

if (env.CROWD) {
  const crowd = [...people.values()]
  setInterval(() => start(crowd[Math.floor(Math.random() * crowd.length)], { first: 10 }, options()), 300)
}
