import { gql } from '@urql/core'
import { graphql, type ResultOf } from './graphql'

export const movieFields = graphql(`
  fragment MovieFields on Movie {
    id title year rating watchCount genres { name }
    viewerState { watchedAt rating dismissed }
  }
`)
export type Movie = ResultOf<typeof movieFields>

const updateFields = graphql(
  `
  fragment UpdateFields on RecommendationUpdate {
    requestId sequence isFinal tookMs degraded
    coverage { percent succeeded failed timedOut rejected }
    criteria { criterion status weight waitMs workMs }
    picks { rank score reasons movie { ...MovieFields } shares { criterion score } }
  }
`,
  [movieFields],
)
export type Update = ResultOf<typeof updateFields>
export type Pick = Update['picks'][number]
export type CriterionState = Update['criteria'][number]

export const Recommend = graphql(
  `
  subscription Recommend($input: RecommendInput!) {
    recommend(input: $input) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,
  [updateFields],
)

export const Resume = graphql(
  `
  subscription Resume($id: ID!) {
    recommend: recommendationUpdates(id: $id) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,
  [updateFields],
)
export type RecommendEvent = ResultOf<typeof Recommend>['recommend']

const evidenceFields = graphql(`
  fragment EvidenceFields on Pick {
    rank score reasons
    movie { id }
    shares { criterion score evidence { label share count of movie { id title year } } }
  }
`)
export type ExplainedPick = ResultOf<typeof evidenceFields>

export const Explain = graphql(
  `
  query Explain($id: ID!) {
    recommendation(id: $id) { id isFinal latest { picks { ...EvidenceFields } } }
  }
`,
  [evidenceFields],
)

export const ExplainFresh = graphql(
  `
  query ExplainFresh($input: RecommendInput!) {
    recommendations(input: $input) {
      __typename
      ... on Recommendation { id latest { picks { ...EvidenceFields } } }
      ... on UserError { message }
    }
  }
`,
  [evidenceFields],
)

export const Viewer = graphql(`query Viewer { viewer { id name } }`)

export const Criteria = graphql(`query Criteria { criteria { name description weight } }`)
export type Criterion = ResultOf<typeof Criteria>['criteria'][number]

export const MovieById = graphql(`query MovieById($id: ID!) { movie(id: $id) { ...MovieFields } }`, [movieFields])

export const Similar = graphql(
  `query Similar($id: ID!, $first: Int!) { movie(id: $id) { id similar(first: $first) { ...MovieFields } } }`,
  [movieFields],
)

export const Movies = graphql(
  `
  query Movies($first: Int!, $after: String, $search: String, $filter: MovieFilter, $orderBy: MovieOrder) {
    movies(first: $first, after: $after, search: $search, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...MovieFields }
    }
  }
`,
  [movieFields],
)

/** How many titles are looked up in one request. */
export const titlesAtOnce = 20

/** Looks up many titles: a request each would meet the limits of the API, a file of thousands as much as anyone's. */
const indices = Array.from({ length: titlesAtOnce }, (_, i) => i)

export const FindMany = gql<Record<string, { nodes: Movie[] }>, Record<string, string>>(
  [
    `query FindMany(${indices.map(i => `$t${i}: String = ""`).join(', ')}) {
      ${indices.map(i => `t${i}: movies(first: 8, search: $t${i}, orderBy: RELEVANCE) { nodes { ...MovieFields } }`).join(' ')}
    }`,
    '',
  ] as unknown as TemplateStringsArray,
  movieFields,
)

export const Trending = graphql(
  `query Trending($first: Int!, $genre: String) { trending(first: $first, genre: $genre) { ...MovieFields } }`,
  [movieFields],
)

export const Genres = graphql(`query Genres { genres { id name movieCount } }`)

export const Overview = graphql(
  `
  query Overview {
    viewer {
      id
      history(first: 20) { totalCount nodes { watchedAt rating movie { ...MovieFields } } }
      taste { watchCount genres { genre count share } }
    }
  }
`,
  [movieFields],
)

export const History = graphql(
  `
  query History($first: Int!, $after: String) {
    viewer {
      id
      history(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { watchedAt rating movie { ...MovieFields } }
      }
    }
  }
`,
  [movieFields],
)
export type Watch = NonNullable<NonNullable<ResultOf<typeof History>['viewer']>['history']>['nodes'][number]

export const Taste = graphql(
  `
  query Taste {
    viewer {
      id
      taste { watchCount genres { genre count share } eras { decade count share } }
      dismissed(first: 100) { ...MovieFields }
    }
  }
`,
  [movieFields],
)

export const Door = graphql(`query Door { developmentSignIn }`)

export const People = graphql(`
  query People($first: Int!, $search: String) {
    users(first: $first, search: $search) { totalCount nodes { id name } }
  }
`)

export const SignIn = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      __typename
      ... on SignInPayload { token user { id name } }
      ... on UserError { message }
    }
  }
`)

export const RecordWatch = graphql(`
  mutation RecordWatch($input: RecordWatchInput!) {
    result: recordWatch(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating } }
      ... on UserError { message }
    }
  }
`)

export const RecordWatches = graphql(`
  mutation RecordWatches($input: RecordWatchesInput!) {
    result: recordWatches(input: $input) { __typename ... on UserError { message } }
  }
`)

export const RemoveWatches = graphql(`
  mutation RemoveWatches($input: RemoveWatchesInput!) {
    result: removeWatches(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating movie { id } } }
      ... on UserError { message }
    }
  }
`)

export const Dismiss = graphql(`
  mutation Dismiss($input: DismissInput!) {
    result: dismissMovie(input: $input) { __typename ... on UserError { message } }
  }
`)

export const Restore = graphql(`
  mutation Restore($input: DismissInput!) {
    result: restoreMovie(input: $input) { __typename ... on UserError { message } }
  }
`)

export const Ask = graphql(`
  mutation Ask($input: RecommendInput!) {
    requestRecommendations(input: $input) { __typename ... on UserError { message } }
  }
`)
