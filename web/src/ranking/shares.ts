/**
 * Rounds numbers to whole ones that add up to the rounded total, as a reader will check: each is rounded down, and
 * those with the largest remainders get the steps that are missing.
 */
export function addUp(values: readonly number[]): { parts: number[]; total: number } {
  const total = Math.round(values.reduce((sum, v) => sum + v, 0))
  const parts = values.map(Math.floor)
  const missing = total - parts.reduce((sum, v) => sum + v, 0)
  const byRemainder = values.map((v, i) => [v - parts[i]!, i] as const).sort((a, b) => b[0] - a[0])
  for (const [, i] of byRemainder.slice(0, Math.max(0, missing))) parts[i]!++
  return { parts, total }
}

/** How far a share reaches across a bar, in per cent of the largest share's size. */
export function reach(share: number, all: readonly number[]): number {
  const most = Math.max(...all.map(Math.abs), Number.EPSILON)
  return Math.round((1000 * Math.abs(share)) / most) / 10
}
