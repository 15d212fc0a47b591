import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { Explain, type ExplainedPick, ExplainFresh, type Movie, type Pick } from '../api/documents'
import type { RankingState } from '../ranking/ranking'
import { inputOf } from '../ranking/settings'
import { addUp, reach } from '../ranking/shares'
import { useSession } from '../session/session'
import { t } from '../strings'
import { Bar, Sign, styleOf } from './criterion'
import { percent, titleOf } from './format'
import { MovieLink } from './movie-link'

/**
 * Why a film was recommended: each criterion's share of its score, adding up, with what it rests on. The ranking on screen
 * explains itself; a film that is not in it is looked for among the first hundred.
 */
export function Why({ movie, state }: { movie: Movie; state: RankingState }) {
  const ranked = state.phase === 'final' ? state.picks.find(p => p.movie.id === movie.id) : undefined
  const listed = state.picks.some(p => p.movie.id === movie.id)
  const id = state.phase === 'final' && listed ? state.requestId : undefined
  const [{ data }] = useQuery({ query: Explain, variables: { id: id ?? '' }, pause: !id })
  const own = data?.recommendation?.latest.picks
  const far = useFarPicks(state.phase === 'final' && !listed)
  const picks = own ?? far.picks
  // The shares are known with the ranking; what they rest on comes a moment later, into its place.
  const pick = picks?.find(p => p.movie.id === movie.id) ?? (ranked && withoutEvidence(ranked))
  const waiting = !pick && (state.phase === 'ranking' || (id !== undefined && !data) || far.waiting)
  const seen = movie.viewerState?.watchedAt
  if (!pick && !waiting && seen) return null
  return (
    <section aria-labelledby="why">
      <h2 id="why">{pick || waiting ? t.movie.why : t.movie.whyNotTitle}</h2>
      {pick ? (
        <Table pick={pick} best={(picks ?? state.picks)[0]!.score} />
      ) : (
        <p className="detail-note">{waiting ? t.movie.explaining : t.movie.whyNot}</p>
      )}
    </section>
  )
}

/** What the table is made of. */
type Explained = { rank: number; shares: ExplainedPick['shares'] }

const withoutEvidence = (pick: Pick): Explained => ({
  rank: pick.rank,
  shares: pick.shares.map(share => ({ ...share, evidence: [] })),
})

/** The first hundred picks, for a film that may be among them. */
function useFarPicks(wanted: boolean): { picks?: readonly ExplainedPick[]; waiting: boolean } {
  const session = useSession()
  const [found, setFound] = useState<{ picks?: readonly ExplainedPick[] }>()
  useEffect(() => {
    if (!wanted) return
    let gone = false
    const input = { ...inputOf(session.ranking!.get().settings), first: 100, allowPartial: false }
    session
      .read(ExplainFresh, { input })
      .then(({ recommendations: r }) => {
        if (!gone) setFound({ picks: r.__typename === 'Recommendation' ? r.latest.picks : undefined })
      })
      .catch(() => !gone && setFound({}))
    return () => {
      gone = true
    }
  }, [session, wanted])
  return { picks: found?.picks, waiting: wanted && !found }
}

/**
 * The shares in per cent of the first film's score, so that they add up to the match. Those that round to nothing share a
 * line.
 */
function Table({ pick, best }: { pick: Explained; best: number }) {
  const { parts, total } = addUp(pick.shares.map(s => (100 * s.score) / (best > 0 ? best : 1)))
  const shares = pick.shares.map((share, i) => ({ ...share, part: parts[i]! }))
  const silent = shares.filter(share => share.part === 0)
  const telling = silent.length < shares.length ? shares.filter(share => share.part !== 0) : shares
  return (
    <table className="why">
      <tbody>
        {telling.map(share => (
          <tr key={share.criterion}>
            <th scope="row">
              <Sign criterion={share.criterion} />
              {styleOf(share.criterion).name}
            </th>
            <td className="why-rests">
              <Rests evidence={share.evidence} />
            </td>
            <td className="why-bar">
              <Bar percent={reach(share.part, parts)} criterion={share.criterion} negative={share.part < 0} />
            </td>
            <td className="number">{percent(share.part)}</td>
          </tr>
        ))}
        {telling !== shares && silent.length > 0 && (
          <tr className="why-silent">
            <th scope="row">{t.movie.silent(silent.length)}</th>
            <td className="why-rests">{silent.map(share => styleOf(share.criterion).name).join(', ')}</td>
            <td className="why-bar" />
            <td className="number">{percent(0)}</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t.movie.total}</th>
          <td className="why-rests">{pick.rank === 1 ? t.movie.sumBest : t.movie.sum}</td>
          <td className="why-bar" />
          <td className="number">{percent(total)}</td>
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
