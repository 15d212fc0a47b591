import { useCallback, useEffect, useMemo, useState } from 'react'
import { type Movie, Movies } from '../api/documents'
import { useSession } from '../session/session'
import { t } from '../strings'
import { type Choice, variablesOf, write } from './choice'

const size = 48

interface Pages {
  movies: Movie[]
  total: number | null
  next?: string
}

/** Lists that were loaded on this visit, so that Back shows them at once, at their full length. */
const kept = new Map<string, Pages>()

/** A list of films, page after page. The last list stays on screen until the next one is there. */
export function usePages(choice: Choice) {
  const { queries, person } = useSession()
  const key = `${person?.id ?? ''}${write(choice)}`
  const [shown, setShown] = useState<{ key: string; pages?: Pages; error?: string }>({ key, pages: kept.get(key) })
  const [waiting, setWaiting] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const variables = useMemo(() => variablesOf(choice), [choice])

  const load = useCallback(
    async (after?: string) => {
      const { data, error } = await queries
        .query(Movies, { ...variables, first: size, after: after ?? null }, { requestPolicy: 'network-only' })
        .toPromise()
      if (!data) throw new Error(error?.graphQLErrors[0]?.message ?? t.states.noConnection)
      const { nodes, totalCount, pageInfo } = data.movies
      return {
        movies: nodes,
        total: totalCount,
        next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined,
      }
    },
    [queries, variables],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt more is a reason to load
  useEffect(() => {
    const known = kept.get(key)
    if (known) return setShown({ key, pages: known })
    let gone = false
    setWaiting(true)
    load()
      .then(pages => {
        kept.set(key, pages)
        if (!gone) setShown({ key, pages })
      })
      .catch(error => !gone && setShown({ key, error: error.message }))
      .finally(() => !gone && setWaiting(false))
    return () => {
      gone = true
    }
  }, [key, load, attempt])

  const next = shown.key === key ? shown.pages?.next : undefined
  const more = useCallback(async () => {
    const pages = kept.get(key)
    if (!pages?.next) return
    setWaiting(true)
    try {
      const page = await load(pages.next)
      const have = new Set(pages.movies.map(m => m.id))
      const all = { ...page, movies: [...pages.movies, ...page.movies.filter(m => !have.has(m.id))] }
      kept.set(key, all)
      setShown(s => (s.key === key ? { key, pages: all } : s))
    } catch (error) {
      setShown(s => ({ ...s, error: (error as Error).message }))
    } finally {
      setWaiting(false)
    }
  }, [key, load])

  return {
    movies: shown.pages?.movies,
    total: shown.pages?.total,
    more: next ? more : undefined,
    waiting,
    error: shown.error,
    again: () => setAttempt(n => n + 1),
  }
}
