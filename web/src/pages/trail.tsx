import '../styles/pipeline.css'
import { useEffect } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { type Step, type Trail, TrailById } from '../api/pipeline'
import { Sign, styleOf } from '../parts/criterion'
import { Failure } from '../parts/failure'
import { Icon } from '../parts/icon'
import { faceOf } from '../pipeline/token'
import { t } from '../strings'

/** A request's waterfall: for each criterion, how long its task waited and how long the work took. */
export function TrailPage({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: TrailById,
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const trail = data?.trail
  const open = trail && !trail.finalAt
  useEffect(() => {
    document.title = `${t.trail.title} · ${t.app}`
  }, [])
  useEffect(() => {
    if (!open || fetching) return
    const timer = setTimeout(() => again({ requestPolicy: 'network-only' }), 500)
    return () => clearTimeout(timer)
  }, [open, fetching, again])
  if (error && !trail)
    return <Failure message={t.link.offline} retry={() => again({ requestPolicy: 'network-only' })} />
  if (data && !trail) return <Failure message={t.trail.missing} home />
  return (
    <div className="page">
      <Link to="/pipeline" className="more">
        <Icon name="left" /> {t.trail.back}
      </Link>
      <div className="page-head">
        <h1>{t.trail.title}</h1>
      </div>
      {trail && <Waterfall trail={trail} />}
    </div>
  )
}

const ms = (value: number) => t.rank.ms(Math.max(0, value))

function Waterfall({ trail }: { trail: Trail }) {
  const from = Date.parse(trail.acceptedAt)
  const times = [trail.finalAt, ...trail.steps.flatMap(s => [s.mergedAt, s.finishedAt])].flatMap(iso =>
    iso ? [Date.parse(iso) - from] : [],
  )
  const deadline = Date.parse(trail.deadlineAt) - from
  const end = Math.max(1, ...times, ...(trail.finalAt ? [] : [deadline])) * 1.04
  const final = trail.finalAt ? Date.parse(trail.finalAt) - from : undefined
  return (
    <>
      <p className="lead">
        <span aria-hidden="true">{faceOf(trail.requestId).emoji}</span> {trail.mine ? t.trail.mine : t.trail.others} ·{' '}
        {final === undefined ? t.trail.running : t.trail.total(ms(final))} · {t.trail.deadline} {ms(deadline)}
      </p>
      <div className="fall">
        {trail.steps.map(step => (
          <StepRow key={step.criterion} step={step} from={from} end={end} final={final} />
        ))}
        <div className="fall-axis" aria-hidden="true">
          {[0, 0.25, 0.5, 0.75, 1].map(f => (
            <span key={f}>{ms(f * end)}</span>
          ))}
        </div>
      </div>
      <ul className="legend" aria-label={t.trail.legend}>
        {(['publish', 'wait', 'work', 'merge'] as const).map(kind => (
          <li key={kind} className="tone-community">
            <span className="fall-bars" aria-hidden="true">
              <i className={kind} />
            </span>
            {t.trail[kind]}
          </li>
        ))}
        <li>
          <span className="fall-bars" aria-hidden="true">
            <i className="mark" />
          </span>
          {t.trail.final}
        </li>
      </ul>
    </>
  )
}

function StepRow({ step, from, end, final }: { step: Step; from: number; end: number; final?: number }) {
  const at = (iso: string | null) => (iso ? Date.parse(iso) - from : undefined)
  const moments = [0, at(step.publishedAt), at(step.startedAt), at(step.finishedAt), at(step.mergedAt)]
  const spans = (['publish', 'wait', 'work', 'merge'] as const).map((kind, i) => ({
    kind,
    start: moments[i],
    stop: moments[i + 1],
  }))
  const span = (i: number) =>
    spans[i]!.start !== undefined && spans[i]!.stop !== undefined ? spans[i]!.stop! - spans[i]!.start! : undefined
  const state = step.late
    ? t.trail.late
    : {
        FAILED: t.rank.failedChip,
        TIMED_OUT: t.rank.timedOut,
        REJECTED: t.rank.rejected,
        QUEUED: t.rank.scoring,
        DONE: '',
      }[step.status]
  return (
    <div className={`fall-row ${styleOf(step.criterion).tone}`}>
      <span>
        <Sign criterion={step.criterion} /> {styleOf(step.criterion).name}
      </span>
      <span className="fall-bars" aria-hidden="true">
        {spans.map(({ kind, start, stop }) =>
          start === undefined || stop === undefined ? null : (
            <i
              key={kind}
              className={kind}
              style={{ left: `${(100 * start) / end}%`, width: `${(100 * Math.max(0, stop - start)) / end}%` }}
            />
          ),
        )}
        {final !== undefined && <i className="mark" style={{ left: `${(100 * final) / end}%` }} />}
      </span>
      <small>
        {state || [span(1) !== undefined && `${ms(span(1)!)} + ${ms(span(2) ?? 0)}`].filter(Boolean).join()}
        <span className="hidden">
          {' '}
          {t.trail.wait}, {t.trail.work}. {step.worker ? `${t.trail.worker} ${step.worker}.` : ''}
        </span>
      </small>
    </div>
  )
}
