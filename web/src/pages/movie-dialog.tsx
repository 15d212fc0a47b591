import { lazy, Suspense } from 'react'
import { useLocation } from 'wouter'
import { movieId } from '../api/place'
import { Dialog } from '../parts/dialog'
import type { Over } from '../parts/movie-link'
import { t } from '../strings'

const MovieDetail = lazy(() => import('./movie').then(m => ({ default: m.MovieDetail })))

/** A film over the page that it was opened from. Closing it goes back to where that page was. */
export function MovieDialog({ id, over }: { id: string; over: string }) {
  const [, navigate] = useLocation()
  const close = () => {
    // From one film to another inside the dialog, one entry of the browser's history each: leave them all at once.
    const { depth }: Over = history.state ?? {}
    if (depth) history.go(-depth)
    else navigate(over, { replace: true })
  }
  return (
    <Dialog label={t.movie.unpicked} className="dialog-movie" onClose={close} key="movie">
      <Suspense fallback={<div className="detail-skeleton" />}>
        <MovieDetail id={movieId(decodeURIComponent(id))} key={id} />
      </Suspense>
    </Dialog>
  )
}
