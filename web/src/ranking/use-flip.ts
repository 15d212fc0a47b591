import { type RefObject, useLayoutEffect, useRef } from 'react'

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/**
 * Lets items glide to their new places when the order changes: first, last, invert, play. Places are measured inside the
 * container, so that scrolling is no movement.
 */
export function useFlip(container: RefObject<HTMLElement | null>, order: readonly string[]): void {
  const places = useRef(new Map<string, { x: number; y: number }>())
  const key = order.join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when places may have changed
  useLayoutEffect(() => {
    const now = new Map<string, { x: number; y: number }>()
    for (const element of container.current?.querySelectorAll<HTMLElement>(':scope > [data-id]') ?? []) {
      const place = { x: element.offsetLeft, y: element.offsetTop }
      now.set(element.dataset.id!, place)
      const before = places.current.get(element.dataset.id!)
      if (still() || !element.animate) continue
      if (!before) {
        if (places.current.size > 0) element.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 240 })
        continue
      }
      const [dx, dy] = [before.x - place.x, before.y - place.y]
      if (dx || dy)
        element.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: 'none' }], {
          duration: 420,
          easing: 'cubic-bezier(.2,.8,.2,1)',
        })
    }
    places.current = now
  }, [key])
}
