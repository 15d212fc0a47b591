import { useEffect } from 'react'
import { actionsOf } from '../session/actions'
import { useSession } from '../session/session'
import { focusedMovie } from './focused'
import { shortcutsShown } from './shortcuts'

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** The keys that work everywhere: / ? w x. */
export function useKeys(): void {
  const session = useSession()
  useEffect(() => {
    const act = actionsOf(session)
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
      if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLInputElement>('#search')?.focus()
      } else if (event.key === '?') {
        shortcutsShown.set(true)
      } else if (event.key === 'w' || event.key === 'x') {
        const movie = focusedMovie()
        if (!movie) return
        event.preventDefault()
        if (event.key === 'w') void act.toggleSeen(movie)
        else void (session.marks.of(movie).dismissed ? act.restore(movie) : act.dismiss(movie))
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [session])
}
