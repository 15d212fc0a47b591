import '../styles/pipeline.css'
import { useCallback, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Criteria } from '../api/documents'
import { t } from '../strings'
import { type Following, figuresOf, type Scene, useFrames } from './frames'
import { Picture } from './picture'
import { mostASecond, type Speed } from './playback'
import { hasEmoji } from './token'

const speeds: readonly [Speed, string][] = [
  ['paused', t.pipe.pause],
  ['real', t.pipe.real],
  ['slow', t.pipe.slow],
]

/** The live picture with its controls and figures, as the home page shows it. */
export function PipelinePanel() {
  return <PipelineView following={useFrames()} />
}

const nobody: ReadonlySet<string> = new Set()

export function PipelineView({ following, page }: { following: Following; page?: boolean }) {
  const { scene, stale } = following
  const [speed, setSpeed] = useState<Speed>('slow')
  const [emoji, setEmoji] = useState(hasEmoji)
  const [skipped, setSkipped] = useState({ ids: nobody })
  const onSkipped = useCallback((ids: ReadonlySet<string>) => setSkipped({ ids }), [])
  const missing = scene ? [...scene.trails.keys()].filter(id => skipped.ids.has(id)).length : 0
  const lanes = useLanes(scene)
  const frame = scene?.frame
  const past = stale && frame !== undefined // what is shown was so before
  const busy = frame && frame.requestsPerSecond > mostASecond
  const quiet = frame && frame.trails.length === 0 && frame.requestsPerSecond === 0
  return (
    <section className={`pipe${page ? ' page-pipe' : ''}${past ? ' past' : ''}`} aria-labelledby="pipe-title">
      <header>
        <h2 id="pipe-title">{t.pipe.title}</h2>
        <p>
          {past
            ? t.pipe.away
            : busy
              ? t.pipe.busy(mostASecond, Math.round(frame.requestsPerSecond))
              : missing > 0
                ? t.pipe.sample(scene!.trails.size - missing, scene!.trails.size)
                : quiet
                  ? t.pipe.quiet
                  : t.pipe.lead}
        </p>
        <fieldset className="segments">
          <legend className="hidden">{t.pipe.tokens}</legend>
          <button type="button" aria-pressed={emoji} onClick={() => setEmoji(true)}>
            {t.pipe.emoji}
          </button>
          <button type="button" aria-pressed={!emoji} onClick={() => setEmoji(false)}>
            {t.pipe.shapes}
          </button>
        </fieldset>
        <fieldset className="segments">
          <legend className="hidden">{t.pipe.speed}</legend>
          {speeds.map(([name, label]) => (
            <button key={name} type="button" aria-pressed={speed === name} onClick={() => setSpeed(name)}>
              {label}
            </button>
          ))}
        </fieldset>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens */}
      <div className="pipe-body" tabIndex={0} role="region" aria-label={t.pipe.title}>
        <Picture scene={scene} speed={speed} emoji={emoji} lanes={lanes} onSkipped={onSkipped} />
      </div>
      {stale && !scene ? <p className="pipe-away">{t.pipe.away}</p> : <Tiles scene={scene} />}
    </section>
  )
}

/** A lane for each criterion, in the blend's order, with as many workers as its queue has. */
function useLanes(scene?: Scene) {
  const [{ data }] = useQuery({ query: Criteria })
  const queues = scene?.frame.queues.filter(q => q.criterion)
  const names = data?.criteria.map(c => c.name) ?? queues?.map(q => q.criterion!) ?? []
  const key = names.map(name => `${name}:${queues?.find(q => q.criterion === name)?.consumers ?? 1}`).join()
  return useMemo(
    () =>
      key
        ? key.split(',').map(part => {
            const [criterion, workers] = part.split(':')
            return { criterion: criterion!, workers: Number(workers) }
          })
        : [],
    [key],
  )
}

function Tiles({ scene }: { scene?: Scene }) {
  const f = scene && figuresOf(scene)
  const ms = (value?: number) => (value === undefined ? '–' : String(Math.round(value)))
  const tiles: [string, string, string][] = [
    [t.pipe.tiles.flight, f ? String(f.inFlight) : '–', t.pipe.units.requests],
    [t.pipe.tiles.ready, f ? String(f.ready) : '–', t.pipe.units.messages],
    [t.pipe.tiles.unacked, f ? String(f.unacked) : '–', t.pipe.units.messages],
    [t.pipe.tiles.rate, f ? f.rate.toFixed(1) : '–', t.pipe.units.perSecond],
    [t.pipe.tiles.first, ms(f?.first), `ms ${t.pipe.units.p50}`],
    [t.pipe.tiles.final, ms(f?.finalHalf), `/ ${ms(f?.finalMost)} ms ${t.pipe.units.p50} / ${t.pipe.units.p95}`],
    [t.pipe.tiles.late, f ? String(f.lost) : '–', t.pipe.units.answers],
  ]
  return (
    <dl className="tiles">
      {tiles.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} <small>{unit}</small>
          </dd>
        </div>
      ))}
    </dl>
  )
}
