/**
 * A score as people see it: in per cent of the best film's. Scores are weighted sums of deviations and mean nothing by
 * themselves; what they say is how far a film is from the one on top, which is always 100. Undefined when nothing stands out.
 */
export function matchOf(score: number, best: number): number | undefined {
  return best > 0 ? Math.round((100 * score) / best) : undefined
}
