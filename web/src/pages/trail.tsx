import '../styles/pipeline.css'
import { useEffect } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { type Step, type Trail, TrailById } from '../api/pipeline'
import { Sign, styleOf } from '../parts/criterion'
import { Failure } from '../parts/failure'
import { sentence } from '../parts/format'
import { Icon } from '../parts/icon'
import { Face } from '../pipeline/face'
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
    return (
      <Failure
        message={error.graphQLErrors[0]?.message ?? t.states.noConnection}
        retry={() => again({ requestPolicy: 'network-only' })}
      />
    )
  if (data && !trail) return <Failure message={t.trail.missing} home />
  return (
    <div className="page">
      <Link to="/pipeline" className="back">
        <Icon name="left" /> {t.trail.back}
      </Link>
      <div className="page-head">
        <h1>{t.trail.title}</h1>
      </div>
      {trail && <Waterfall trail={trail} />}
    </div>
  )
}

/** The server's clock ticks in milliseconds. */
const ms = (value: number) => (value < 1 ? t.trail.under : t.trail.ms(value))

const spans = ['publish', 'wait', 'work', 'merge'] as const

/** When a step reached each stage, in milliseconds after the request was accepted. */
function momentsOf(step: Step, from: number): (number | undefined)[] {
  const times = [step.publishedAt, step.startedAt, step.finishedAt, step.mergedAt]
  return [0, ...times.map(iso => (iso ? Date.parse(iso) - from : undefined))]
}

function Waterfall({ trail }: { trail: Trail }) {
  const from = Date.parse(trail.acceptedAt)
  const final = trail.finalAt ? Date.parse(trail.finalAt) - from : undefined
  const deadline = Date.parse(trail.deadlineAt) - from
  const steps = trail.steps.map(step => ({ step, moments: momentsOf(step, from) }))
  const known = steps.flatMap(({ moments }) => moments.filter(m => m !== undefined))
  const end = axisEnd(Math.max(1, ...known, final ?? deadline))
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(f => f * end)
  const first = steps.flatMap(({ step, moments }) => (step.late ? [] : (moments[4] ?? [])))
  return (
    <>
      <p className="lead trail-lead">
        <Face request={trail.requestId} /> {trail.mine ? t.trail.mine : t.trail.others}
      </p>
      <dl className="trail-facts">
        {[
          [t.trail.firstAnswer, first.length ? ms(Math.min(...first)) : '–'],
          [t.trail.final, final === undefined ? t.trail.running : ms(final)],
          [t.trail.deadline, ms(deadline)],
          [t.pipe.criteria, t.trail.answered(steps.filter(({ step }) => step.status === 'DONE').length, steps.length)],
        ].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="fall" aria-hidden="true">
        {steps.map(({ step, moments }) => (
          <div key={step.criterion} className={`fall-row ${styleOf(step.criterion).tone}`}>
            <span>
              <Sign criterion={step.criterion} /> {styleOf(step.criterion).name}
            </span>
            <Bars moments={moments} end={end} final={final} ticks={ticks} />
            <small>{stateOf(step) || (moments[4] === undefined ? '' : ms(moments[4]))}</small>
          </div>
        ))}
        <div className="fall-row fall-axis">
          <span />
          <span>
            {ticks.map(tick => (
              <i key={tick} style={{ left: `${(100 * tick) / end}%` }}>
                {t.trail.ms(tick)}
              </i>
            ))}
          </span>
        </div>
      </div>
      <ul className="legend" aria-hidden="true">
        {spans.map(kind => (
          <li key={kind} className="tone-community">
            <span className="fall-bars">
              <i className={kind} />
            </span>
            {t.trail[kind]}
          </li>
        ))}
        {final !== undefined && (
          <li>
            <span className="fall-bars">
              <i className="mark" />
            </span>
            {t.trail.final}
          </li>
        )}
      </ul>
      <Figures steps={steps} />
    </>
  )
}

/** A round number of milliseconds that is not below. */
function axisEnd(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(most))
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map(n => n * unit).find(n => n >= most) ?? most
}

function stateOf(step: Step): string {
  if (step.late) return t.trail.late
  const says = {
    FAILED: t.rank.failedChip,
    TIMED_OUT: t.rank.timedOut,
    REJECTED: t.rank.rejected,
    QUEUED: t.rank.scoring,
    DONE: '',
  }
  return says[step.status]
}

type Moments = readonly (number | undefined)[]

function Bars({ moments, end, final, ticks }: { moments: Moments; end: number; final?: number; ticks: number[] }) {
  const at = (value: number) => `${(100 * value) / end}%`
  return (
    <span className="fall-bars">
      {ticks.slice(1, -1).map(tick => (
        <i key={tick} className="tick-line" style={{ left: at(tick) }} />
      ))}
      {spans.map((kind, i) => {
        const [start, stop] = [moments[i], moments[i + 1]]
        if (start === undefined || stop === undefined) return null
        return <i key={kind} className={kind} style={{ left: at(start), width: at(Math.max(0, stop - start)) }} />
      })}
      {final !== undefined && <i className="mark" style={{ left: at(final) }} />}
    </span>
  )
}

/** The same in figures. */
function Figures({ steps }: { steps: readonly { step: Step; moments: Moments }[] }) {
  const between = (moments: Moments, i: number) => {
    const [start, stop] = [moments[i], moments[i + 1]]
    return start === undefined || stop === undefined ? '–' : ms(stop - start)
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll sideways
    <div className="data-box" tabIndex={0} role="region" aria-label={t.trail.figures}>
      <table className="data">
        <thead>
          <tr>
            {[t.trail.criterion, ...spans.map(kind => t.trail[kind]), t.pipe.state, t.trail.worker].map(name => (
              <th scope="col" key={name}>
                {sentence(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map(({ step, moments }) => (
            <tr key={step.criterion}>
              <th scope="row">{styleOf(step.criterion).name}</th>
              {spans.map((kind, i) => (
                <td key={kind}>{between(moments, i)}</td>
              ))}
              <td>{stateOf(step) || t.trail.done}</td>
              <td>{step.worker ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
