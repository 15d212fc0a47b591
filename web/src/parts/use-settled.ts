import { type RefObject, useEffect, useRef, useState } from 'react'
import { Pacer, settle } from './order'

/**
 * The order in which to show a list that changes under people's hands: at most one change in 400 ms, and never of an item
 * that is hovered or focused. Items are the elements with data-id inside the container.
 */
export function useSettled(container: RefObject<HTMLElement | null>, next: readonly string[]): readonly string[] {
  const [shown, setShown] = useState(next)
  const wanted = useRef(next)
  const pacer = useRef<Pacer>(undefined)
  const key = next.join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the list
  useEffect(() => {
    wanted.current = next
    pacer.current ??= new Pacer()
    const apply = () =>
      setShown(now => {
        const order = settle(now, wanted.current, heldIn(container.current))
        return order.join() === now.join() ? now : order
      })
    const run = () => pacer.current?.run(apply)
    run()
    const element = container.current
    element?.addEventListener('pointerleave', run)
    element?.addEventListener('pointerout', run)
    element?.addEventListener('focusout', run)
    return () => {
      element?.removeEventListener('pointerleave', run)
      element?.removeEventListener('pointerout', run)
      element?.removeEventListener('focusout', run)
    }
  }, [key])
  useEffect(() => () => pacer.current?.dispose(), [])
  return shown
}

function heldIn(container: HTMLElement | null): Set<string> {
  const held = new Set<string>()
  for (const element of container?.querySelectorAll<HTMLElement>('[data-id]') ?? []) {
    if (element.matches(':hover') || element.contains(document.activeElement)) held.add(element.dataset.id!)
  }
  return held
}
