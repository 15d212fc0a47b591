// The made-up pipeline: requests whose criteria answer one after the other, and the rankings that come of it.
import { EventEmitter } from 'node:events'
import { byId, criteria, listed, noise } from './world.mjs'

export const requests = new Map()
let last = 0
const now = () => Date.now()
const time = ms => (ms == null ? null : new Date(ms).toISOString())

// start begins a request. Criteria in `broken` fail, those in `frozen` never answer.
export function start(person, input, { pace = 1, broken = [], frozen = [] } = {}) {
  const weights = input.weights?.length ? input.weights : criteria.map(c => ({ criterion: c.name, weight: c.weight }))
  const request = {
    id: `recommendation:00000000-0000-7000-8000-${String(++last).padStart(12, '0')}`,
    person,
    input,
    events: new EventEmitter(),
    sequence: 0,
    acceptedAt: now(),
    deadlineAt: now() + (input.deadlineMs ?? 1000),
    finalAt: null,
    steps: weights.map(w => ({ criterion: w.criterion, weight: w.weight, status: 'QUEUED', publishedAt: now() + 2 })),
  }
  request.events.setMaxListeners(0)
  requests.set(request.id, request)
  if (requests.size > 400) requests.delete(requests.keys().next().value)
  for (const step of request.steps) {
    if (frozen.includes(step.criterion)) continue
    const work =
      (criteria.find(c => c.name === step.criterion)?.ms ?? 50) *
      pace *
      (0.7 + 0.6 * noise(request.id + step.criterion))
    const wait = 3 + 12 * noise(step.criterion + request.id) * pace
    setTimeout(() => {
      step.startedAt = now()
    }, wait)
    setTimeout(() => {
      if (request.finalAt) return
      step.finishedAt = now()
      step.mergedAt = now() + 3
      step.waitMs = wait
      step.workMs = work
      step.status = broken.includes(step.criterion) ? 'FAILED' : 'DONE'
      if (request.steps.every(s => s.status !== 'QUEUED')) finish(request)
      else tell(request)
    }, wait + work)
  }
  setTimeout(() => finish(request), input.deadlineMs ?? 1000)
  setTimeout(() => tell(request), 1)
  return request
}

function finish(request) {
  if (request.finalAt) return
  request.finalAt = now()
  for (const step of request.steps) if (step.status === 'QUEUED') step.status = 'TIMED_OUT'
  tell(request)
}

function tell(request) {
  request.sequence++
  request.latest = undefined
  request.events.emit('update')
}

export function updateOf(request) {
  request.latest ??= makeUpdate(request)
  return request.latest
}

function makeUpdate(request) {
  const { person, input, steps } = request
  const done = steps.filter(s => s.status === 'DONE')
  const total = steps.reduce((sum, s) => sum + s.weight, 0)
  const answered = done.reduce((sum, s) => sum + s.weight, 0)
  const pool = listed({ ...input.filter, seen: input.filter?.seen ?? false }, person).filter(
    f => !person.dismissed.has(f.id),
  )
  const history = [...person.watches.keys()]
  const ranked = pool
    .map(film => ({ film, shares: done.map(s => shareOf(person, film, s, answered, history)) }))
    .map(pick => ({ ...pick, score: pick.shares.reduce((sum, share) => sum + share.score, 0) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, done.length ? (input.first ?? 20) : 0)
  const count = status => steps.filter(s => s.status === status).length
  const degraded = []
  if (count('TIMED_OUT')) degraded.push('DEADLINE')
  if (count('FAILED')) degraded.push('WORKER_ERROR')
  if (history.length < 3) degraded.push('COLD_START')
  return {
    __typename: 'RecommendationUpdate',
    requestId: request.id,
    sequence: request.sequence,
    isFinal: !!request.finalAt,
    tookMs: (request.finalAt ?? now()) - request.acceptedAt,
    degraded,
    picks: ranked.map((pick, i) => ({
      rank: i + 1,
      movie: { ...pick.film, person },
      score: pick.score,
      shares: pick.shares,
      reasons: reasonsOf(pick),
    })),
    coverage: {
      percent: total ? (100 * answered) / total : 0,
      succeeded: done.length,
      failed: count('FAILED'),
      timedOut: count('TIMED_OUT'),
      rejected: 0,
    },
    criteria: steps.map(s => ({
      criterion: s.criterion,
      status: s.status,
      weight: s.weight,
      waitMs: s.waitMs,
      workMs: s.workMs,
      modelVersion: 3,
    })),
  }
}

function shareOf(person, film, step, answered, history) {
  const z = (noise(person.id + film.id + step.criterion) - 0.35) * 6
  const score = (z * step.weight) / answered
  const evidence =
    step.criterion === 'genres'
      ? film.genreNames.slice(0, 2).map((label, i) => ({ label, share: score / (i + 2), count: 12 - i * 3, of: 41 }))
      : step.criterion === 'popularity'
        ? []
        : step.criterion === 'neighbours'
          ? [{ label: 'people like you', share: score, count: 38, of: 50 }]
          : history.slice(0, 3).map((id, i) => ({ movie: { ...byId(id), person }, share: score / (i + 2) }))
  return { criterion: step.criterion, score, evidence }
}

function reasonsOf(pick) {
  const best = [...pick.shares].sort((a, b) => b.score - a.score).slice(0, 3)
  return best.map(share => {
    const [first, second] = share.evidence
    if (share.criterion === 'genres')
      return `${pick.film.genreNames.slice(0, 2).join(' and ')}: 12 of the 41 films you watched`
    if (share.criterion === 'popularity') return 'Many people watch it these days'
    if (share.criterion === 'neighbours') return '38 of the 50 people nearest to you watched it'
    return first?.movie
      ? `Because you watched ${first.movie.title}${second ? ` and ${second.movie.title}` : ''}`
      : 'Fits what you watched'
  })
}

export function trailOf(request, viewer) {
  return {
    requestId: request.id,
    mine: request.person.id === viewer?.id,
    acceptedAt: time(request.acceptedAt),
    deadlineAt: time(request.deadlineAt),
    finalAt: time(request.finalAt),
    steps: request.steps.map(s => ({
      criterion: s.criterion,
      status: s.status,
      publishedAt: time(s.publishedAt),
      startedAt: time(s.startedAt),
      finishedAt: time(s.finishedAt),
      mergedAt: time(s.mergedAt),
      late: false,
      worker: s.finishedAt ? `${s.criterion}-1` : null,
    })),
  }
}

export function frameFor(viewer) {
  const all = [...requests.values()]
  const recent = all.filter(r => now() - (r.finalAt ?? now()) < 1500)
  const open = all.filter(r => !r.finalAt)
  const rate = all.filter(r => now() - r.acceptedAt < 5000).length / 5
  const results = { inPerSecond: rate * criteria.length, outPerSecond: rate * criteria.length }
  return {
    at: time(now()),
    queues: [
      ...criteria.map(c => {
        const steps = open.flatMap(r => r.steps.filter(s => s.criterion === c.name && !s.finishedAt))
        const ready = steps.filter(s => !s.startedAt).length
        return {
          name: `task.${c.name}`,
          criterion: c.name,
          ready,
          unacked: steps.length - ready,
          consumers: c.weight > 0.2 ? 2 : 1,
          oldestMs: ready ? 9 : 0,
          inPerSecond: rate,
          outPerSecond: rate,
        }
      }),
      { name: 'result', criterion: null, ready: 0, unacked: 0, consumers: 1, oldestMs: 0, ...results },
      {
        name: 'dead',
        criterion: null,
        ready: 0,
        unacked: 0,
        consumers: 0,
        oldestMs: 0,
        inPerSecond: 0,
        outPerSecond: 0,
      },
    ],
    trails: recent.slice(-24).map(r => trailOf(r, viewer)),
    requestCount: recent.length,
    requestsPerSecond: rate,
  }
}
