import { useState } from 'react'
import { type Movie, RecordWatches, RemoveWatches } from '../api/documents'
import { Dialog } from '../parts/dialog'
import { titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { complain, say } from '../parts/toasts'
import { useSession } from '../session/session'
import { t } from '../strings'
import { type Entry, type Kind, readHistory } from './files'
import { matchAll } from './look-up'
import type { Match } from './match'

type Step =
  | { name: 'choose'; problem?: string }
  | { name: 'matching'; done: number; of: number }
  | { name: 'review'; kind: Kind; matches: Match[] }
  | { name: 'sending' }

/** Imports a history from a file: read, matched with the catalogue, looked through, and only then recorded. */
export function ImportDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const session = useSession()
  const [step, setStep] = useState<Step>({ name: 'choose' })
  const [chosen, setChosen] = useState(new Map<Entry, Movie>())

  async function read(file: File) {
    const history = readHistory(await file.text())
    if (!history) return setStep({ name: 'choose', problem: t.import.unknown })
    if (history.entries.length === 0) return setStep({ name: 'choose', problem: t.import.empty })
    setStep({ name: 'matching', done: 0, of: history.entries.length })
    try {
      const matches = await matchAll(session, history.entries, done =>
        setStep({ name: 'matching', done, of: history.entries.length }),
      )
      setStep({ name: 'review', kind: history.kind, matches })
    } catch (error) {
      setStep({ name: 'choose', problem: t.toast.failed(error instanceof Error ? error.message : '') })
    }
  }

  async function record(picked: [Entry, Movie][]) {
    setStep({ name: 'sending' })
    const added: string[] = [] // what was not in the history before
    try {
      for (const part of chunks(picked, 500)) {
        const watches = part.map(([e, m]) => ({
          movie: m.id,
          watchedAt: e.watchedAt ?? null,
          rating: e.rating ?? null,
        }))
        await session.command(RecordWatches, { input: { watches } })
        if (session.ended) return
        for (const [, m] of part) if (!m.viewerState?.watchedAt) added.push(m.id)
      }
      session.ranking!.start()
      say(t.toast.imported(picked.length), added.length > 0 ? () => void takeBack(added) : undefined)
    } catch (error) {
      if (session.ended) return
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
    onDone()
    onClose()
  }

  async function takeBack(films: string[]) {
    try {
      for (const movies of chunks(films, 500)) await session.command(RemoveWatches, { input: { movies } })
    } catch (error) {
      if (!session.ended) complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
    if (session.ended) return
    session.ranking!.start()
    onDone()
  }

  return (
    <Dialog label={t.import.title} className="dialog-small dialog-import" onClose={onClose}>
      <h2>{t.import.title}</h2>
      {step.name === 'choose' && (
        <>
          <p className="lead">{t.import.lead}</p>
          {step.problem && (
            <p className="problem" role="alert">
              <Icon name="warn" /> {step.problem}
            </p>
          )}
          <label className="button primary file">
            <Icon name="up" /> {t.import.choose}
            <input
              type="file"
              className="hidden"
              accept=".csv,text/csv"
              onChange={e => e.target.files?.[0] && void read(e.target.files[0])}
            />
          </label>
        </>
      )}
      {step.name === 'matching' && (
        <p role="status">
          {t.import.matching(step.done, step.of)}
          <progress value={step.done} max={step.of} />
        </p>
      )}
      {step.name === 'sending' && <p role="status">{t.browse.loading}</p>}
      {step.name === 'review' && (
        <Review
          kind={step.kind}
          matches={step.matches}
          chosen={chosen}
          onChoose={(entry, movie) => {
            const next = new Map(chosen)
            if (movie) next.set(entry, movie)
            else next.delete(entry)
            setChosen(next)
          }}
          onCancel={onClose}
          onGo={picked => void record(picked)}
        />
      )}
    </Dialog>
  )
}

interface ReviewProps {
  kind: Kind
  matches: Match[]
  chosen: ReadonlyMap<Entry, Movie>
  onChoose: (entry: Entry, movie?: Movie) => void
  onCancel: () => void
  onGo: (picked: [Entry, Movie][]) => void
}

function Review({ kind, matches, chosen, onChoose, onCancel, onGo }: ReviewProps) {
  const sure = matches.filter(m => m.sure)
  const doubtful = matches.filter(m => !m.sure && m.candidates.length > 0)
  const missing = matches.filter(m => !m.sure && m.candidates.length === 0)
  const picked = unique([...sure.map(m => [m.entry, m.sure!] as [Entry, Movie]), ...chosen])
  return (
    <>
      <p className="lead">{t.import.source(t.import.kinds[kind], matches.length)}</p>
      <ul className="import-sums">
        <li className="good">{t.import.sure(sure.length)}</li>
        {doubtful.length > 0 && <li>{t.import.doubtful(doubtful.length)}</li>}
        {missing.length > 0 && <li>{t.import.missing(missing.length)}</li>}
      </ul>
      {doubtful.length > 0 && (
        <fieldset className="doubts">
          <legend>{t.import.check}</legend>
          {doubtful.map(({ entry, candidates }, i) => (
            <label key={i}>
              <span>
                {entry.title} {entry.year && `(${entry.year})`}
              </span>
              <select
                className="field"
                value={chosen.get(entry)?.id ?? ''}
                onChange={e =>
                  onChoose(
                    entry,
                    candidates.find(c => c.id === e.target.value),
                  )
                }
              >
                <option value="">{t.import.skip}</option>
                {candidates.map(c => (
                  <option key={c.id} value={c.id}>
                    {titleOf(c)} {c.year && `(${c.year})`}
                  </option>
                ))}
              </select>
            </label>
          ))}
        </fieldset>
      )}
      {missing.length > 0 && (
        <details>
          <summary>{t.import.missing(missing.length)}</summary>
          <p>{missing.map(m => m.entry.title).join(', ')}</p>
        </details>
      )}
      <div className="buttons">
        <button type="button" className="button primary" disabled={picked.length === 0} onClick={() => onGo(picked)}>
          {t.import.go(picked.length)}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t.import.cancel}
        </button>
      </div>
    </>
  )
}

/** Two lines of a file may be the same film here. */
function unique(picked: [Entry, Movie][]): [Entry, Movie][] {
  return [...new Map(picked.map(pair => [pair[1].id, pair])).values()]
}

function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
