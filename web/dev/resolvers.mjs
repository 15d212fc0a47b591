// The made-up server's answers, as graphql-js root values: a field is a value or a function of (arguments, context).
import * as pipeline from './pipeline.mjs'
import { addPerson, byId, criteria, films, genres, listed, noise, people, tasteOf } from './world.mjs'

const notFound = message => ({ __typename: 'NotFoundError', message, path: null })
const forbidden = () => ({ __typename: 'ForbiddenError', message: 'Sign in first.', path: null })

function movie(film, viewer) {
  if (!film) return null
  const watch = viewer?.watches.get(film.id)
  return {
    __typename: 'Movie',
    ...film,
    genres: film.genreNames.map(name => genres.find(g => g.name === name)),
    viewerState: viewer && {
      watchedAt: watch?.watchedAt ?? null,
      rating: watch?.rating ?? null,
      dismissed: viewer.dismissed.has(film.id),
    },
    similar: ({ first }) =>
      films
        .filter(f => f.id !== film.id)
        .map(f => [f, f.genreNames.filter(g => film.genreNames.includes(g)).length + noise(f.id + film.id)])
        .sort((a, b) => b[1] - a[1])
        .slice(0, first)
        .map(([f]) => movie(f, viewer)),
  }
}

function connection(list, { first, after }, node) {
  const from = after ? +after + 1 : 0
  const page = list.slice(from, from + first)
  const edges = page.map((item, i) => ({ cursor: String(from + i), node: node(item) }))
  return {
    edges,
    nodes: edges.map(e => e.node),
    totalCount: list.length,
    pageInfo: {
      hasNextPage: from + first < list.length,
      hasPreviousPage: from > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

const watchOf = (w, viewer) => ({ __typename: 'Watch', ...w, movie: movie(byId(w.movie), viewer) })
const user = person =>
  person && {
    __typename: 'User',
    id: person.id,
    name: person.name,
    history: args =>
      connection(
        [...person.watches.values()].sort((a, b) => b.watchedAt.localeCompare(a.watchedAt)),
        args,
        w => watchOf(w, person),
      ),
    taste: () => tasteOf(person),
    dismissed: () => [...person.dismissed].reverse().map(id => movie(byId(id), person)),
  }

const orders = {
  POPULAR: (a, b) => b.watchCount - a.watchCount,
  RATING: (a, b) => b.rating - a.rating,
  NEWEST: (a, b) => b.year - a.year,
  TITLE: (a, b) => a.title.localeCompare(b.title),
  RELEVANCE: () => 0,
}

function find({ search, filter, orderBy }, viewer) {
  const words =
    (search ?? '')
      .toLowerCase()
      .replace(/\b(the|a)\b/g, '')
      .match(/[\p{L}\d]+/gu) ?? []
  return listed(filter, viewer)
    .filter(f => words.every(w => `${f.title} ${f.year}`.toLowerCase().includes(w)))
    .sort(orders[orderBy ?? 'POPULAR'])
}

const payload = (watches, viewer) => ({
  __typename: 'HistoryPayload',
  watches: watches.map(w => watchOf(w, viewer)),
  user: user(viewer),
})
function record(inputs, viewer) {
  if (!viewer) return forbidden()
  if (inputs.some(w => !byId(w.movie))) return notFound('No such film.')
  const watches = inputs.map(w => ({
    movie: w.movie,
    watchedAt: w.watchedAt ?? new Date().toISOString(),
    rating: w.rating ?? null,
  }))
  for (const w of watches) viewer.watches.set(w.movie, w)
  return payload(watches, viewer)
}
function remove(ids, viewer) {
  if (!viewer) return forbidden()
  const watches = ids.map(id => viewer.watches.get(id)).filter(Boolean)
  for (const id of ids) viewer.watches.delete(id)
  return payload(watches, viewer)
}
function dismiss(id, viewer, yes) {
  if (!viewer) return forbidden()
  if (yes) viewer.dismissed.add(id)
  else viewer.dismissed.delete(id)
  return { __typename: 'DismissPayload', movie: movie(byId(id), viewer), user: user(viewer) }
}

const update = (request, viewer) => {
  const u = pipeline.updateOf(request)
  return {
    ...u,
    picks: u.picks.map(p => ({
      ...p,
      movie: movie(p.movie, viewer),
      shares: p.shares.map(s => ({ ...s, evidence: s.evidence.map(e => ({ ...e, movie: movie(e.movie, viewer) })) })),
    })),
  }
}
const recommendation = (request, viewer) =>
  request && {
    __typename: 'Recommendation',
    id: request.id,
    acceptedAt: new Date(request.acceptedAt).toISOString(),
    deadlineAt: new Date(request.deadlineAt).toISOString(),
    isFinal: !!request.finalAt,
    latest: update(request, viewer),
  }

async function* follow(request, viewer, field) {
  for (let seen = 0; ; ) {
    if (request.sequence > seen) {
      seen = request.sequence
      yield { [field]: update(request, viewer) }
      if (request.finalAt) return
    }
    if (request.sequence === seen) await new Promise(resolve => request.events.once('update', resolve))
  }
}

export const rootValue = options => ({
  developmentSignIn: true,
  viewer: (_, { viewer }) => user(viewer),
  user: ({ id }) => user(people.get(id)),
  users: args =>
    connection(
      [...people.values()].filter(p => p.name.toLowerCase().includes((args.search ?? '').toLowerCase())),
      args,
      user,
    ),
  movie: ({ id }, { viewer }) => movie(byId(id), viewer),
  movies: (args, { viewer }) => connection(find(args, viewer), args, f => movie(f, viewer)),
  genres,
  criteria,
  trending: ({ first, genre }, { viewer }) =>
    listed({ genres: genre ? [genre] : [] })
      .slice(0, first)
      .map(f => movie(f, viewer)),
  recommendation: ({ id }, { viewer }) => recommendation(pipeline.requests.get(id), viewer),
  recommendations: async ({ input }, { viewer }) => {
    if (!viewer) return forbidden()
    const request = pipeline.start(viewer, input, options())
    while (!request.finalAt) await new Promise(resolve => request.events.once('update', resolve))
    return recommendation(request, viewer)
  },
  requestRecommendations: ({ input }, { viewer }) =>
    viewer ? recommendation(pipeline.start(viewer, input, options()), viewer) : forbidden(),
  pipeline: (_, { viewer }) => pipeline.frameFor(viewer),
  trail: ({ id }, { viewer }) =>
    pipeline.requests.has(id) ? pipeline.trailOf(pipeline.requests.get(id), viewer) : null,
  models: [
    {
      id: 'model:3',
      version: 3,
      trainedAt: new Date().toISOString(),
      active: true,
      bytes: 1e6,
      blend: criteria,
      metrics: [{ name: 'ndcg@10', value: 0.34 }],
    },
  ],
  recordWatch: ({ input }, { viewer }) => record([input], viewer),
  recordWatches: ({ input }, { viewer }) => record(input.watches, viewer),
  removeWatch: ({ input }, { viewer }) => remove([input.movie], viewer),
  removeWatches: ({ input }, { viewer }) => remove(input.movies, viewer),
  dismissMovie: ({ input }, { viewer }) => dismiss(input.movie, viewer, true),
  restoreMovie: ({ input }, { viewer }) => dismiss(input.movie, viewer, false),
  signIn: ({ input }) => {
    const person = input.newUserName ? addPerson(input.newUserName) : people.get(input.user)
    if (!person) return notFound('No such person.')
    return {
      __typename: 'SignInPayload',
      token: person.id,
      expiresAt: new Date(Date.now() + 1e8).toISOString(),
      user: user(person),
    }
  },
})

export const subscriptions = options => ({
  recommend: ({ input }, { viewer }) =>
    viewer ? follow(pipeline.start(viewer, input, options()), viewer, 'recommend') : once({ recommend: forbidden() }),
  recommendationUpdates: ({ id }, { viewer }) => {
    const request = pipeline.requests.get(id)
    return request
      ? follow(request, viewer, 'recommendationUpdates')
      : once({ recommendationUpdates: notFound('No such request.') })
  },
  pipeline: (_, { viewer }) => frames(viewer),
})

async function* once(value) {
  yield value
}

async function* frames(viewer) {
  for (;;) {
    yield { pipeline: pipeline.frameFor(viewer) }
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}
