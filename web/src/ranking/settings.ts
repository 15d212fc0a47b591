import type { Recommend } from '../api/documents'
import type { VariablesOf } from '../api/graphql'

/** What a person chose for their ranking. */
export interface Settings {
  /** Weights that they moved; without any, the learned blend holds. */
  weights?: Record<string, number>
  /** Whether films that they have seen may be ranked, too. */
  seen?: boolean
  /** Genres to begin with, from the welcome page, until there is a history to go by. */
  start?: string[]
}

type Input = VariablesOf<typeof Recommend>['input']

export const listLength = 40

/** A start by genres ends once there is this much history. */
export const enoughHistory = 5

export function inputOf(settings: Settings): Input {
  const weights =
    settings.weights && Object.entries(settings.weights).map(([criterion, weight]) => ({ criterion, weight }))
  const usable = weights?.some(w => w.weight > 0)
  return {
    first: listLength,
    filter: { seen: settings.seen ?? false, ...(settings.start?.length ? { genres: settings.start } : {}) },
    ...(usable ? { weights } : {}),
  }
}
