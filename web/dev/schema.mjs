// Writes src/api/schema.d.ts, the types of the GraphQL schema, from graph/*.graphqls. With --check it fails when the file
// is not up to date, and writes nothing.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal'
import { buildSchema, introspectionFromSchema } from 'graphql'

const graph = new URL('../../graph/', import.meta.url)
const target = new URL('../src/api/schema.d.ts', import.meta.url)

export async function readSchema() {
  const names = (await readdir(graph)).filter(name => name.endsWith('.graphqls')).sort()
  const parts = await Promise.all(names.map(name => readFile(new URL(name, graph), 'utf8')))
  // buildSchema wants types that are never empty before they are extended.
  return buildSchema(parts.join('\n').replace(/^type (Mutation|Subscription)$/gm, 'type $1 { _: Boolean }'))
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const introspection = minifyIntrospection(introspectionFromSchema(await readSchema()))
  const types = outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true })
  if (!process.argv.includes('--check')) await writeFile(target, types)
  else if (types !== (await readFile(target, 'utf8'))) {
    console.error('src/api/schema.d.ts is not what graph/*.graphqls says: run npm run schema')
    process.exit(1)
  }
}
