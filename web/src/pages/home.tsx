import { memo, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { Overview } from '../api/documents'
import { useStore } from '../api/store'
import { Hero } from '../home/hero'
import { Picks } from '../home/picks'
import { RankBar } from '../home/rank-bar'
import { BecauseRow, GenreRow, OutsideRow, RecentRow, reasonsToShow } from '../home/rows'
import { Boundary } from '../parts/boundary'
import { later } from '../parts/later'
import { Row, useNear } from '../parts/row'
import { enoughHistory } from '../ranking/settings'
import { useSession } from '../session/session'
import { t } from '../strings'

const PipelinePanel = later(() => import('../pipeline/panel').then(m => m.PipelinePanel))

export function Home() {
  const { ranking } = useSession()
  useEffect(() => {
    document.title = t.app
    ranking!.ensure()
  }, [ranking])
  return (
    <>
      <Forming />
      <LazyPanel />
      <Shelves />
    </>
  )
}

/** What changes while the ranking forms. */
function Forming() {
  const { ranking } = useSession()
  const state = useStore(ranking!)
  return (
    <>
      <Hero state={state} />
      <RankBar state={state} />
      <Picks state={state} />
    </>
  )
}

/** Rows that are there whatever the ranking does. */
const Shelves = memo(function Shelves() {
  const { ranking } = useSession()
  const [{ data, error }] = useQuery({ query: Overview, requestPolicy: 'cache-and-network' })
  const viewer = data?.viewer

  // A start by genres has done its part once there is a history to go by.
  const watched = viewer?.taste?.watchCount ?? 0
  useEffect(() => {
    const { settings } = ranking!.get()
    if (settings.start && watched >= enoughHistory) ranking!.start({ ...settings, start: undefined })
  }, [ranking, watched])

  const genres = viewer?.taste?.genres ?? []
  const recent = useMemo(() => viewer?.history?.nodes.map(w => w.movie), [viewer])
  // Rows stay while this page is shown: marking a film must not let others jump.
  const first = useRef<ReturnType<typeof reasonsToShow>>(undefined)
  if (viewer && !first.current) first.current = reasonsToShow(viewer.history?.nodes ?? [])
  if (error && !viewer) return null
  return (
    <>
      {!viewer && <Row name="waiting" title={t.rows.because} plain={t.rows.because} />}
      {first.current?.map(movie => (
        <BecauseRow key={movie.id} movie={movie} />
      ))}
      {genres.slice(0, 2).map(g => (
        <GenreRow key={g.genre} genre={g.genre} sub={t.rows.genreSub(g.count, watched)} />
      ))}
      {genres.length > 3 && <OutsideRow usual={genres.slice(0, 4).map(g => g.genre)} />}
      <RecentRow movies={recent} />
    </>
  )
})

/** The picture needs a live connection and code of its own: it comes when it is nearly on screen. */
const LazyPanel = memo(function LazyPanel() {
  const ref = useRef<HTMLDivElement>(null)
  const near = useNear(ref)
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (!near) return
    const timer = setTimeout(() => setShown(true), 300)
    return () => clearTimeout(timer)
  }, [near])
  return (
    <div className="panel-space" ref={ref}>
      {shown && (
        <Boundary at="panel">
          <Suspense>
            <PipelinePanel />
          </Suspense>
        </Boundary>
      )}
    </div>
  )
})
