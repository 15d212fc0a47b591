import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './schema'

/** Typed GraphQL documents: the types of results and variables come from graph/*.graphqls. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: { Time: string; ID: string }
}>()

export type { ResultOf, VariablesOf } from 'gql.tada'
