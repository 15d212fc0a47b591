import { useSyncExternalStore } from 'react'
import type { Movie } from '../api/documents'

/** What the person did with a film. */
export interface Mark {
  watchedAt: string | null
  rating: number | null
  dismissed: boolean
}

const none: Mark = { watchedAt: null, rating: null, dismissed: false }

/** What the person did on this visit, known at once and everywhere, while lists on screen stay as they are. */
export class Marks {
  private readonly marks = new Map<string, Mark>()
  private readonly listeners = new Set<() => void>()

  of(movie: Pick<Movie, 'id' | 'viewerState'>): Mark {
    return this.marks.get(movie.id) ?? movie.viewerState ?? none
  }

  set(id: string, mark: Mark): void {
    this.marks.set(id, mark)
    for (const listener of this.listeners) listener()
  }

  follow = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export function useMark(marks: Marks | undefined, movie: Pick<Movie, 'id' | 'viewerState'>): Mark {
  return useSyncExternalStore(marks?.follow ?? idle, () => marks?.of(movie) ?? movie.viewerState ?? none)
}

const idle = () => () => undefined
