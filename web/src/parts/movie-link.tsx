import type { ReactNode } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { moviePath } from '../api/place'

export interface Over {
  over?: string // the page that a film's dialog lies over
}

/** The page beneath, when a film is open in a dialog. */
export const overNow = (): string | undefined => (history.state as Over | null)?.over

interface Props {
  movie: { id: string }
  className?: string
  tabIndex?: number
  children: ReactNode
}

/** A link to a film. It opens over the page that it is on, which stays as it is beneath. */
export function MovieLink({ movie, className, tabIndex, children }: Props) {
  const [location] = useLocation()
  const search = useSearch()
  const over = overNow() ?? (location.startsWith('/movie/') ? undefined : location + (search && `?${search}`))
  return (
    <Link to={moviePath(movie.id)} state={{ over } satisfies Over} className={className} tabIndex={tabIndex}>
      {children}
    </Link>
  )
}
