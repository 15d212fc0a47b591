export interface Lane {
  criterion: string
  y: number
  workers: number[] // the x of each
}

export interface Layout {
  width: number
  height: number
  middle: number
  back: number // the y of the way back
  lanes: Lane[]
}

export const at = {
  browsers: 86,
  api: 236,
  exchange: 372,
  queueFrom: 470,
  queueTo: 800,
  worker: 880,
  merge: 1090,
  result: 1238,
}

/** How many workers of a lane are drawn, however many there are. */
const mostWorkers = 3

export function layoutOf(lanes: readonly { criterion: string; workers: number }[]): Layout {
  const n = Math.max(1, lanes.length)
  const gap = Math.min(54, 270 / n + 12)
  const top = 60
  const last = top + (n - 1) * gap
  const middle = Math.max(150, (top + last) / 2)
  return {
    width: 1328,
    height: Math.max(last + 90, middle + 170),
    middle,
    back: Math.max(last + 58, middle + 140),
    lanes: lanes.map((lane, i) => ({
      criterion: lane.criterion,
      y: n < 4 ? middle + (i - (n - 1) / 2) * gap : top + i * gap,
      workers: Array.from({ length: Math.min(mostWorkers, Math.max(1, lane.workers)) }, (_, j) => at.worker + j * 46),
    })),
  }
}

/** Where the i-th waiting token of a lane stands: the first next to the workers. */
export const slotX = (i: number): number => at.queueTo - 20 - Math.min(i, 5) * 30
