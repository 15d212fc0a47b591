import { lazy, Suspense } from 'react'
import { useLocation } from 'wouter'
import { movieId } from '../api/place'
import { Dialog } from '../parts/dialog'
import { t } from '../strings'

const MovieDetail = lazy(() => import('./movie').then(m => ({ default: m.MovieDetail })))

/** A film over the page that it was opened from. Closing it goes back to where that page was. */
export function MovieDialog({ id, over }: { id: string; over: string }) {
  const [, navigate] = useLocation()
  const close = () => {
    // From one film to another inside the dialog, one entry of the browser's history each: leave them all at once.
    navigate(over)
  }
  return (
    <Dialog label={t.movie.unpicked} className="dialog-movie" onClose={close} key="movie">
      <Suspense fallback={<div className="detail-skeleton" />}>
        <MovieDetail id={movieId(decodeURIComponent(id))} key={id} />
      </Suspense>
    </Dialog>
  )
}
