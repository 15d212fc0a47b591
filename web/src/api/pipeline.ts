import { graphql, type ResultOf } from './graphql'

const trailFields = graphql(`
  fragment TrailFields on Trail {
    requestId mine acceptedAt deadlineAt finalAt
    steps { criterion status publishedAt startedAt finishedAt mergedAt late worker }
  }
`)
export type Trail = ResultOf<typeof trailFields>
export type Step = Trail['steps'][number]

export const Frames = graphql(
  `
  subscription Frames {
    pipeline {
      at requestCount requestsPerSecond
      queues { name criterion ready unacked consumers oldestMs inPerSecond outPerSecond }
      trails { ...TrailFields }
    }
  }
`,
  [trailFields],
)
export type Frame = ResultOf<typeof Frames>['pipeline']

export const TrailById = graphql(`query TrailById($id: ID!) { trail(id: $id) { ...TrailFields } }`, [trailFields])
