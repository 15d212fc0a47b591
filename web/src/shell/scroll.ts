import { useEffect, useLayoutEffect } from 'react'

const positions = new Map<string, number>()

/** A visit to a page has a key in the browser's history, so that Back finds its scroll position, and a new visit begins on top. */
function visitKey(): string {
  const state = history.state as { visit?: string } | null
  if (state?.visit) return state.visit
  const visit = Math.random().toString(36).slice(2)
  history.replaceState({ ...state, visit }, '')
  return visit
}

/** Keeps the page's scroll position for each visit. A film's dialog is not a page of its own. */
export function useScrollKept(page: string): void {
  useEffect(() => {
    history.scrollRestoration = 'manual'
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each page
  useLayoutEffect(() => {
    const key = visitKey()
    const top = positions.get(key) ?? 0
    scrollTo({ top, behavior: 'instant' })
    // What the page is made of may need a moment to come from the cache.
    const again = top ? requestAnimationFrame(() => scrollTo({ top, behavior: 'instant' })) : 0
    let armed = false
    const arm = setTimeout(() => {
      armed = true
    }, 60)
    const note = () => armed && visitKey() === key && positions.set(key, scrollY)
    addEventListener('scroll', note, { passive: true })
    return () => {
      cancelAnimationFrame(again)
      clearTimeout(arm)
      removeEventListener('scroll', note)
    }
  }, [page])
}
