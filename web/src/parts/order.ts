/**
 * The order to show when a list changes while some of its items must not move, because a pointer or the keyboard's focus is
 * on them. Held items keep their place, even one that has left the list; the others fill the places around them in order.
 */
export function settle(shown: readonly string[], next: readonly string[], held: ReadonlySet<string>): string[] {
  const fixed = new Map<number, string>()
  shown.forEach((id, i) => held.has(id) && fixed.set(i, id))
  if (fixed.size === 0) return [...next]
  const kept = new Set(fixed.values())
  const others = next.filter(id => !kept.has(id))
  const out: string[] = []
  for (let i = 0; others.length > 0 || fixed.size > 0; i++) {
    const here = fixed.get(i)
    fixed.delete(i)
    const item = here ?? others.shift()
    if (item !== undefined) out.push(item) // a shorter list leaves places empty
  }
  return out
}

export const pause = 400

/** Lets changes of order through at most once in 400 ms, the newest always in the end. */
export class Pacer {
  private last = Number.NEGATIVE_INFINITY
  private timer?: ReturnType<typeof setTimeout>

  /** Runs the change now, or when the pause is over; a change that waits is replaced. */
  run(change: () => void): void {
    clearTimeout(this.timer)
    const wait = this.last + pause - performance.now()
    if (wait <= 0) this.go(change)
    else this.timer = setTimeout(() => this.go(change), wait)
  }

  dispose(): void {
    clearTimeout(this.timer)
  }

  private go(change: () => void) {
    this.last = performance.now()
    change()
  }
}
