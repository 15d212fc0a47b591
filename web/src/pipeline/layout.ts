export type Point = readonly [x: number, y: number]

export interface Lane {
  criterion: string
  y: number
  from: number // the queue's ends
  to: number
  name: number // where its name begins
  slots: number // how many waiting tokens are drawn, however many wait
  workers: number[] // the x of each
  into: Point[] // the way from the exchange into the queue
  out: Point[] // the way from a worker to the merge
}

export interface Layout {
  width: number
  height: number
  tall: boolean
  browsers: Point
  api: Point
  exchange: Point
  merge: Point
  result: Point
  back: Point[] // the way of partial results, from the merge to the browsers
  lanes: Lane[]
}

type Lanes = readonly { criterion: string; workers: number }[]

/** How many workers of a lane are drawn, however many there are. */
const mostWorkers = 3

/** Below this width the picture is drawn in rows, in true size: shrunk, nobody could read it. */
const rowsBelow = 1000

/** Where everything stands, for a picture that is so many pixels wide. */
export function layoutOf(lanes: Lanes, width = wideWidth): Layout {
  return width < rowsBelow ? tall(lanes, Math.max(300, width)) : wide(lanes)
}

const wideWidth = 1328

/** From left to right. */
function wide(lanes: Lanes): Layout {
  const n = Math.max(1, lanes.length)
  const gap = Math.min(54, 270 / n + 12)
  const top = 60
  const last = top + (n - 1) * gap
  const middle = Math.max(150, (top + last) / 2)
  const back = Math.max(last + 58, middle + 140)
  const [from, to, worker, merge] = [470, 800, 880, 1090]
  return {
    width: wideWidth,
    height: Math.max(last + 90, middle + 170),
    tall: false,
    browsers: [86, middle],
    api: [236, middle],
    exchange: [372, middle],
    merge: [merge, middle],
    result: [1238, middle],
    back: [
      [merge, middle + 82],
      [merge, back],
      [86, back],
      [86, middle + 82],
    ],
    lanes: lanes.map((lane, i) => {
      const y = n < 4 ? middle + (i - (n - 1) / 2) * gap : top + i * gap
      return {
        criterion: lane.criterion,
        y,
        from,
        to,
        name: from + 16,
        slots: 6,
        workers: spread(lane.workers, worker, 46),
        into: [[from, y]],
        out: [[merge - 70, middle]],
      }
    }),
  }
}

/** In rows: to the left above, through the queues to the right, and to the left again below. */
function tall(lanes: Lanes, width: number): Layout {
  const n = Math.max(1, lanes.length)
  const [left, right, gap] = [58, width - 74, 46]
  const top = 190
  const last = top + (n - 1) * gap
  const merge = last + 78
  const worker = width - 66
  const workers = Math.min(width < 480 ? 1 : mostWorkers, Math.max(1, ...lanes.map(lane => lane.workers)))
  const to = worker - (workers - 1) * 46 - 34
  const [from, rail, edge] = [34, width - 30, width - 12]
  return {
    width,
    height: merge + 84,
    tall: true,
    browsers: [right, 50],
    api: [(left + right) / 2, 50],
    exchange: [left, 50],
    merge: [right, merge],
    result: [left, merge],
    back: [
      [right + 40, merge],
      [edge, merge],
      [edge, 50],
      [right + 40, 50],
    ],
    lanes: lanes.map((lane, i) => {
      const y = top + i * gap
      return {
        criterion: lane.criterion,
        y,
        from,
        to,
        name: from + 14,
        slots: Math.max(2, Math.min(6, Math.floor((to - from - 130) / 30))),
        workers: spread(Math.min(lane.workers, workers), worker - (workers - 1) * 46, 46),
        into: [
          [14, 66],
          [14, y - 14],
          [from, y],
        ],
        out: [
          [rail, y + 14],
          [rail, merge - 56],
        ],
      }
    }),
  }
}

const spread = (workers: number, x: number, gap: number) =>
  Array.from({ length: Math.min(mostWorkers, Math.max(1, workers)) }, (_, i) => x + i * gap)

/** Where the i-th waiting token of a lane stands: the first next to the workers. */
export const slotX = (lane: Lane, i: number): number => lane.to - 20 - Math.min(i, lane.slots - 1) * 30
