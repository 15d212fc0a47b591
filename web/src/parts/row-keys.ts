import { type FocusEvent, useState } from 'react'

/**
 * One film of a list is the one where Tab stops; the arrow keys go on from there. It is the last one that had the focus, or
 * the first.
 */
export function useFocusStop(ids: readonly string[]) {
  const [focused, setFocused] = useState('')
  return {
    id: ids.includes(focused) ? focused : (ids[0] ?? ''),
    onFocus: (event: FocusEvent<HTMLElement>) => {
      const id = (event.target as HTMLElement).closest<HTMLElement>('[data-id]')?.dataset.id
      if (id) setFocused(id)
    },
  }
}

const linkOf = (card: Element | null | undefined) => card?.querySelector<HTMLElement>('.card-link')

/** Moves the focus from a card to the one before or after it, or to the nearest one above or below. */
export function moveFocus(key: string, from: HTMLElement): boolean {
  const card = from.closest('.card')
  if (!card) return false
  const to =
    key === 'ArrowRight'
      ? linkOf(card.nextElementSibling)
      : key === 'ArrowLeft'
        ? linkOf(card.previousElementSibling)
        : key === 'ArrowDown' || key === 'ArrowUp'
          ? vertical(card, key === 'ArrowDown')
          : undefined
  if (!to) return key === 'ArrowRight' || key === 'ArrowLeft'
  to.focus({ preventScroll: true })
  to.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  return true
}

function vertical(card: Element, down: boolean): HTMLElement | null | undefined {
  const here = card.getBoundingClientRect()
  const middle = here.left + here.width / 2
  let best: { card: Element; cost: number } | undefined
  for (const other of document.querySelectorAll('.card[data-id]')) {
    const there = other.getBoundingClientRect()
    const gap = down ? there.top - here.bottom : here.top - there.bottom
    if (gap < -here.height / 2 || other === card) continue
    const cost = gap * 10 + Math.abs(there.left + there.width / 2 - middle)
    if (!best || cost < best.cost) best = { card: other, cost }
  }
  return linkOf(best?.card)
}
