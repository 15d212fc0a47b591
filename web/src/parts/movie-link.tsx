import type { MouseEvent, ReactNode } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { moviePath, root } from '../api/place'
import { afterPaint } from './after-paint'

export interface Over {
  over?: string // the page that a film's dialog lies over
  depth?: number // how many entries of the browser's history lie between the two
}

/** The page beneath, when a film is open in a dialog. */
export const overNow = (): string | undefined => (history.state as Over | null)?.over

interface Props {
  movie: { id: string }
  className?: string
  tabIndex?: number
  children: ReactNode
}

/**
 * A link to a film. It opens over the page that it is on, which stays as it is beneath. Not the router's Link: a page has
 * hundreds of these, and none should be drawn anew because the address has changed.
 */
export function MovieLink({ movie, className, tabIndex, children }: Props) {
  return (
    <a href={root + moviePath(movie.id)} className={className} tabIndex={tabIndex} onClick={open}>
      {children}
    </a>
  )
}

function open(event: MouseEvent<HTMLAnchorElement>) {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    return
  event.preventDefault()
  const { href } = event.currentTarget
  afterPaint(() => {
    const here = location.pathname.slice(root.length)
    const { over, depth = 0 }: Over = history.state ?? {}
    if (over) navigate(href, { state: { over, depth: depth + 1 } satisfies Over })
    else if (here.startsWith('/movie/')) navigate(href)
    else navigate(href, { state: { over: here + location.search, depth: 1 } satisfies Over })
  })
}
