import type { Client } from '@urql/core'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { type Movie, Movies } from '../api/documents'
import { noPages, type Pages, readOn } from '../api/pages'
import { useSession } from '../session/session'
import { t } from '../strings'
import { type Choice, variablesOf, write } from './choice'

const size = 48

/** Lists that were loaded on this visit, so that Back shows them at once, at their full length. */
const kept = new WeakMap<Client, Map<string, Pages<Movie>>>()

function keptOf(visit: Client): Map<string, Pages<Movie>> {
  const lists = kept.get(visit) ?? new Map<string, Pages<Movie>>()
  kept.set(visit, lists)
  return lists
}

interface Shown {
  key: string
  pages?: Pages<Movie>
  error?: string
}

/** A list of films, page after page. The last list stays on screen until the next one is there. */
export function usePages(choice: Choice) {
  const { queries, marks } = useSession()
  const lists = keptOf(queries)
  const key = write(choice)
  const [shown, setShown] = useState<Shown>({ key, pages: lists.get(key) })
  const [loading, setLoading] = useState<string>() // the key of the list that is waited for
  const [attempt, setAttempt] = useState(0)
  const variables = useMemo(() => variablesOf(choice), [choice])

  /** Reads on in the list, and keeps what it has then. */
  const load = useCallback(async () => {
    const before = lists.get(key) ?? noPages
    const left = (m: Movie) => {
      const { watchedAt, dismissed } = marks.of(m)
      return watchedAt !== null || dismissed
    }
    const gone = variables.filter?.seen === false ? before.items.filter(left).length : 0
    const pages = await readOn(
      before,
      gone,
      (m: Movie) => m.id,
      async after => {
        const { data, error } = await queries
          .query(Movies, { ...variables, first: size, after }, { requestPolicy: 'network-only' })
          .toPromise()
        if (!data) throw new Error(error?.graphQLErrors[0]?.message ?? t.states.noConnection)
        return data.movies
      },
    )
    lists.set(key, pages)
    return pages
  }, [queries, marks, lists, key, variables])

  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt more is a reason to load
  useEffect(() => {
    const known = lists.get(key)
    setLoading(known ? undefined : key)
    if (known) return setShown({ key, pages: known })
    let gone = false
    load()
      .then(pages => !gone && setShown({ key, pages }))
      .catch(error => !gone && setShown({ key, error: error.message }))
      .finally(() => !gone && setLoading(undefined))
    return () => {
      gone = true
    }
  }, [lists, key, load, attempt])

  const more = useCallback(async () => {
    const show = (next: Partial<Shown>) => setShown(s => (s.key === key ? { ...s, error: undefined, ...next } : s))
    setLoading(key)
    try {
      show({ pages: await load() })
    } catch (error) {
      show({ error: (error as Error).message })
    } finally {
      setLoading(now => (now === key ? undefined : now))
    }
  }, [key, load])

  return {
    movies: shown.pages?.items,
    total: shown.pages?.total,
    more: shown.key === key && shown.pages?.open ? more : undefined,
    waiting: loading === key,
    error: shown.error,
    again: () => setAttempt(n => n + 1),
  }
}
