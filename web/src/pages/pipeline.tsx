import { useCallback, useEffect, useRef, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { trailPath } from '../api/place'
import { age } from '../parts/format'
import { Icon } from '../parts/icon'
import { complain } from '../parts/toasts'
import { useSettled } from '../parts/use-settled'
import { inviteCrowd } from '../pipeline/crowd'
import { Face } from '../pipeline/face'
import { type Scene, useFrames } from '../pipeline/frames'
import { PipelineView } from '../pipeline/panel'
import { useSession } from '../session/session'
import { t } from '../strings'

export function PipelinePage() {
  const session = useSession()
  const following = useFrames()
  const { scene } = following
  const [inviting, setInviting] = useState(false)
  const demo = new URLSearchParams(useSearch()).get('demo') === 'crowd'
  useEffect(() => {
    document.title = `${t.nav.pipeline} · ${t.app}`
  }, [])

  const crowd = useCallback(async () => {
    setInviting(true)
    try {
      await inviteCrowd(session)
    } catch (error) {
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
    setInviting(false)
  }, [session])
  const invited = useRef(false)
  useEffect(() => {
    if (demo && scene && !invited.current) {
      invited.current = true
      void crowd()
    }
  }, [demo, scene, crowd])

  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{t.pipe.page}</h1>
          <p className="lead">{t.pipe.pageLead}</p>
        </div>
        <div className="buttons">
          <button type="button" className="button small" onClick={() => session.ranking!.start()}>
            <Icon name="refresh" /> {t.pipe.ask}
          </button>
          <button type="button" className="button small" disabled={inviting} onClick={() => void crowd()}>
            <Icon name="people" /> {inviting ? t.pipe.crowding : t.pipe.crowd}
          </button>
        </div>
      </div>
      <PipelineView following={following} page />
      {scene && (
        <div className="two">
          <Queues scene={scene} />
          <Requests scene={scene} />
        </div>
      )}
    </div>
  )
}

function Queues({ scene }: { scene: Scene }) {
  return (
    <section aria-labelledby="queues">
      <h2 id="queues">{t.pipe.table}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll sideways */}
      <div className="data-box" tabIndex={0} role="region" aria-labelledby="queues">
        <table className="data">
          <thead>
            <tr>
              {[
                t.pipe.queue,
                t.pipe.readyCol,
                t.pipe.unackedCol,
                t.pipe.oldest,
                t.pipe.inRate,
                t.pipe.outRate,
                t.pipe.consumers,
              ].map(name => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {scene.frame.queues.map(q => (
              <tr key={q.name}>
                <th scope="row">{q.name}</th>
                <td>{q.ready}</td>
                <td>{q.unacked ?? '–'}</td>
                <td>{q.oldestMs == null ? '–' : age(q.oldestMs)}</td>
                <td>{q.inPerSecond?.toFixed(1) ?? '–'}</td>
                <td>{q.outPerSecond?.toFixed(1) ?? '–'}</td>
                <td>{q.consumers}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Requests({ scene }: { scene: Scene }) {
  const rows = useRef<HTMLTableSectionElement>(null)
  const newest = [...scene.trails.values()].sort((a, b) => b.acceptedAt.localeCompare(a.acceptedAt)).slice(0, 12)
  const shown = useSettled(
    rows,
    newest.map(trail => trail.requestId),
  )
  const trails = shown.flatMap(id => scene.trails.get(id) ?? [])
  return (
    <section aria-labelledby="requests">
      <h2 id="requests">{t.pipe.requests}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll sideways */}
      <div className="data-box" tabIndex={0} role="region" aria-labelledby="requests">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t.pipe.request}</th>
              <th scope="col">{t.pipe.criteria}</th>
              <th scope="col">{t.pipe.time}</th>
              <th scope="col">
                <span className="hidden">{t.pipe.waterfall}</span>
              </th>
            </tr>
          </thead>
          <tbody ref={rows}>
            {trails.map(trail => (
              <tr key={trail.requestId} data-id={trail.requestId}>
                <th scope="row">
                  <Face request={trail.requestId} /> {trail.mine ? t.pipe.mine : t.pipe.others}
                </th>
                <td>
                  {trail.steps.filter(s => s.status === 'DONE').length}/{trail.steps.length}
                </td>
                <td>
                  {trail.finalAt ? `${Date.parse(trail.finalAt) - Date.parse(trail.acceptedAt)} ms` : t.pipe.open}
                </td>
                <td>
                  <Link to={trailPath(trail.requestId)}>{t.pipe.waterfall}</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
