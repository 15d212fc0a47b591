/**
 * Rounds numbers so that the rounded ones add up to the rounded total, as a reader will check: each is rounded down, and
 * those with the largest remainders get the steps that are missing.
 */
export function addUp(values: readonly number[], digits = 2): { parts: number[]; total: number } {
  const unit = 10 ** digits
  const total = Math.round(values.reduce((sum, v) => sum + v, 0) * unit)
  const floors = values.map(v => Math.floor(v * unit))
  const missing = total - floors.reduce((sum, v) => sum + v, 0)
  const byRemainder = values.map((v, i) => [v * unit - floors[i]!, i] as const).sort((a, b) => b[0] - a[0])
  for (const [, i] of byRemainder.slice(0, Math.max(0, missing))) floors[i]!++
  return { parts: floors.map(v => v / unit), total: total / unit }
}

/** How far a share reaches across a bar, in per cent of the largest share's size. */
export function reach(share: number, all: readonly number[]): number {
  const most = Math.max(...all.map(Math.abs), Number.EPSILON)
  return Math.round((1000 * Math.abs(share)) / most) / 10
}
