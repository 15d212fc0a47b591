import type { Pick } from '../api/documents'

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

/** A sentence that says why a film is ranked, with the share that it speaks of. */
export interface Reason {
  text: string
  share?: { criterion: string; part: number; reach: number } // in per cent of the film's own score, and of the largest share
}

/**
 * The weightiest reasons. The server gives them in the order of the shares' weight; one that moved hardly anything is no
 * reason, unless it is the only one.
 */
export function reasonsOf(pick: Pick, most: number): Reason[] {
  const { parts } = addUp(pick.shares.map(s => (100 * s.score) / (pick.score || 1)))
  const shares = pick.shares.map((s, i) => ({ ...s, part: parts[i]! })).sort((a, b) => b.score - a.score)
  return pick.reasons.slice(0, most).flatMap((text, i) => {
    const share = shares[i]
    if (!share) return { text }
    if (i > 0 && share.part < 2) return []
    return { text, share: { criterion: share.criterion, part: share.part, reach: reach(share.part, parts) } }
  })
}
