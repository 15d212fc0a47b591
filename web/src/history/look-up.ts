import { FindMany, type Movie, titlesAtOnce } from '../api/documents'
import type { Session } from '../session/session'
import type { Entry } from './files'
import { type Match, match } from './match'

type Reader = Pick<Session, 'read'>
type Found = Record<string, { nodes: Movie[] }>

/** Searches for every entry, many in a request and a few requests at a time. */
export async function matchAll(
  session: Reader,
  entries: readonly Entry[],
  progress: (done: number) => void,
): Promise<Match[]> {
  const out: Match[] = new Array(entries.length)
  let next = 0
  let done = 0
  const work = async () => {
    while (next < entries.length) {
      const from = next
      next += titlesAtOnce
      const part = entries.slice(from, next)
      const found = await find(session, part)
      part.forEach((entry, i) => {
        out[from + i] = match(entry, found[`t${i}`]!.nodes)
      })
      done += part.length
      progress(done)
    }
  }
  await Promise.all(Array.from({ length: 3 }, work))
  return out
}

/** A file of thousands of films is not lost because one request of many did not come through. */
async function find(session: Reader, entries: readonly Entry[], attempt = 1): Promise<Found> {
  try {
    return await session.read(FindMany, Object.fromEntries(entries.map((entry, i) => [`t${i}`, searchOf(entry.title)])))
  } catch (error) {
    if (attempt === 5) throw error
    await new Promise(done => setTimeout(done, 500 * 2 ** attempt))
    return find(session, entries, attempt + 1)
  }
}

/** A catalogue may file "The Matrix" as "Matrix, The": the article is no help in a search. */
const searchOf = (title: string) => title.replace(/^(the|a|an) /i, '').replace(/\s*\(.*\)$/, '')
