import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { Explain, type ExplainedPick, ExplainFresh, type Movie } from '../api/documents'
import type { RankingState } from '../ranking/ranking'
import { inputOf } from '../ranking/settings'
import { addUp, reach } from '../ranking/shares'
import { useSession } from '../session/session'
import { t } from '../strings'
import { Bar, Sign, styleOf } from './criterion'
import { titleOf } from './format'
import { MovieLink } from './movie-link'

/**
 * Why a film was recommended: each criterion's share of its score, adding up, with what it rests on. The ranking on screen
 * explains itself; a film that is not in it is looked for among the first hundred.
 */
export function Why({ movie, state }: { movie: Movie; state: RankingState }) {
  const listed = state.picks.some(p => p.movie.id === movie.id)
  const id = state.phase === 'final' && listed ? state.requestId : undefined
  const [{ data }] = useQuery({ query: Explain, variables: { id: id ?? '' }, pause: !id })
  const own = data?.recommendation?.latest.picks.find(p => p.movie.id === movie.id)
  const far = useFarPick(movie.id, state.phase === 'final' && !listed)
  const pick = own ?? far.pick
  const waiting = !pick && (state.phase === 'ranking' || (id !== undefined && !data) || far.waiting)
  const seen = movie.viewerState?.watchedAt
  if (!pick && !waiting && seen) return null
  return (
    <section aria-labelledby="why">
      <h2 id="why">{t.movie.why}</h2>
      {pick ? <Table pick={pick} /> : <p className="detail-note">{waiting ? t.movie.explaining : t.movie.whyNot}</p>}
    </section>
  )
}

function useFarPick(id: string, wanted: boolean): { pick?: ExplainedPick; waiting: boolean } {
  const session = useSession()
  const [found, setFound] = useState<{ pick?: ExplainedPick }>()
  useEffect(() => {
    if (!wanted) return
    let gone = false
    const input = { ...inputOf(session.ranking!.get().settings), first: 100, allowPartial: false }
    session
      .read(ExplainFresh, { input })
      .then(({ recommendations: r }) => {
        if (!gone)
          setFound({
            pick: r.__typename === 'Recommendation' ? r.latest.picks.find(p => p.movie.id === id) : undefined,
          })
      })
      .catch(() => !gone && setFound({}))
    return () => {
      gone = true
    }
  }, [session, id, wanted])
  return { pick: found?.pick, waiting: wanted && !found }
}

function Table({ pick }: { pick: ExplainedPick }) {
  const values = pick.shares.map(s => s.score)
  const { parts, total } = addUp(values)
  return (
    <table className="why">
      <tbody>
        {pick.shares.map((share, i) => (
          <tr key={share.criterion}>
            <th scope="row">
              <Sign criterion={share.criterion} />
              {styleOf(share.criterion).name}
            </th>
            <td className="why-rests">
              <Rests evidence={share.evidence} />
            </td>
            <td className="why-bar">
              <Bar percent={reach(share.score, values)} criterion={share.criterion} negative={share.score < 0} />
            </td>
            <td className="number">
              {parts[i]! < 0 ? '−' : '+'}
              {Math.abs(parts[i]!).toFixed(2)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t.movie.total}</th>
          <td className="why-rests">{t.movie.sum(values.length)}</td>
          <td className="why-bar" />
          <td className="number">{total.toFixed(2)}</td>
        </tr>
      </tfoot>
    </table>
  )
}

type Evidence = ExplainedPick['shares'][number]['evidence']

/** The films and genres behind a share. */
function Rests({ evidence }: { evidence: Evidence }) {
  return evidence.slice(0, 3).map((e, i) => (
    <span key={e.movie?.id ?? e.label}>
      {i > 0 && ', '}
      {e.movie ? <MovieLink movie={e.movie}>{titleOf(e.movie)}</MovieLink> : e.label}
      {e.count != null && e.of != null && ` (${e.count} of ${e.of})`}
    </span>
  ))
}
