import type { CriterionState } from '../api/documents'
import { styleOf } from '../parts/criterion'
import { Icon } from '../parts/icon'
import type { RankingState } from '../ranking/ranking'
import type { Settings } from '../ranking/settings'
import { useSession } from '../session/session'
import { save } from '../session/stored'
import { t } from '../strings'

const answered = (c: CriterionState) => c.status === 'DONE'

/** How far the ranking has come: a chip for each criterion, and whether the order may still change. */
export function RankBar({ state }: { state: RankingState }) {
  const { ranking } = useSession()
  const done = state.criteria.filter(c => c.status !== 'QUEUED').length
  const all = state.criteria.length
  const final = state.phase === 'final'
  const title = state.phase === 'failed' ? t.rank.failed : final ? t.rank.done : t.rank.busy
  const took = final && state.tookMs !== undefined ? ` · ${t.rank.took(t.rank.ms(state.tookMs))}` : ''
  return (
    <section className="rank" aria-label={t.rank.label}>
      <div className="rank-bar">
        <div
          className="ring"
          ref={e => e?.style.setProperty('--v', String(all ? (100 * done) / all : 0))}
          aria-hidden="true"
        >
          <span>{all ? `${done}/${all}` : '…'}</span>
        </div>
        <div className="rank-title">
          <b>{title}</b>
          {(all > 0 || state.phase !== 'failed') && (
            <span>{all ? t.rank.progress(state.criteria.filter(answered).length, all) + took : t.rank.waiting}</span>
          )}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens */}
        <ul className="chips" aria-label={t.rank.criteria} tabIndex={0}>
          {state.criteria.map(c => (
            <Chip key={c.criterion} state={c} />
          ))}
        </ul>
        {state.phase === 'failed' ? (
          <button type="button" className="button small" onClick={() => ranking!.start()}>
            <Icon name="refresh" /> {t.rank.again}
          </button>
        ) : (
          <div className={final ? 'rank-state final' : 'rank-state'}>
            {final ? <Icon name="check" /> : <i className="dot" aria-hidden="true" />}{' '}
            {final ? t.rank.final : t.rank.may}
          </div>
        )}
      </div>
      <Notes state={state} />
    </section>
  )
}

const marks: Record<CriterionState['status'], string> = {
  QUEUED: 'wait',
  DONE: 'done',
  FAILED: 'out',
  TIMED_OUT: 'out',
  REJECTED: 'out',
}

function Chip({ state }: { state: CriterionState }) {
  const style = styleOf(state.criterion)
  const says = {
    QUEUED: t.rank.scoring,
    DONE: state.workMs == null ? '' : t.rank.ms(state.workMs + (state.waitMs ?? 0)),
    FAILED: t.rank.failedChip,
    TIMED_OUT: t.rank.timedOut,
    REJECTED: t.rank.rejected,
  }[state.status]
  return (
    <li title={style.name} className={`chip ${style.tone} ${marks[state.status]}`}>
      <span className="sign" aria-hidden="true">
        {state.status === 'QUEUED' ? '' : state.status === 'DONE' ? style.sign : '–'}
      </span>
      <span aria-hidden="true">{style.short}</span>
      <span className="hidden">{style.name}</span> <em>{says}</em>
    </li>
  )
}

/** Why the ranking is not what it could be, and what the person chose for it. */
function Notes({ state }: { state: RankingState }) {
  const session = useSession()
  const { settings } = state
  const change = (next: Settings) => {
    save(`settings.${session.person!.id}`, next)
    session.ranking!.start(next)
  }
  const lost = state.criteria
    .filter(c => ['FAILED', 'TIMED_OUT', 'REJECTED'].includes(c.status))
    .map(c => styleOf(c.criterion).name)
  const notes = [
    state.problem,
    lost.length > 0 && t.rank.without(lost.join(', ')),
    state.degraded.includes('COLD_START') && t.rank.cold,
    state.degraded.includes('STALE_MODEL') && t.rank.stale,
    state.degraded.includes('LAST_KNOWN') && t.rank.lastKnown,
    state.degraded.includes('POPULAR') && t.rank.popular,
  ].filter(Boolean)
  return (
    <div className="rank-notes">
      {notes.map(note => (
        <p key={String(note)}>
          <Icon name="warn" /> {note}
        </p>
      ))}
      {settings.weights && (
        <p>
          {t.rank.weights}
          <button type="button" className="link" onClick={() => change({ ...settings, weights: undefined })}>
            {t.rank.resetWeights}
          </button>
        </p>
      )}
      {settings.start && settings.start.length > 0 && (
        <p>
          {t.rank.start(settings.start.join(', '))}
          <button type="button" className="link" onClick={() => change({ ...settings, start: undefined })}>
            {t.rank.endStart}
          </button>
        </p>
      )}
    </div>
  )
}
