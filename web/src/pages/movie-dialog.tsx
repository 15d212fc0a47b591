import { Suspense } from 'react'
import { useLocation } from 'wouter'
import { decoded, movieId } from '../api/place'
import { Boundary } from '../parts/boundary'
import { Dialog } from '../parts/dialog'
import { later } from '../parts/later'
import type { Over } from '../parts/movie-link'
import { t } from '../strings'

const MovieDetail = later(() => import('./movie').then(m => m.MovieDetail))

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
      <Boundary at={id}>
        <Suspense fallback={<div className="detail-skeleton" />}>
          <MovieDetail id={movieId(decoded(id))} key={id} />
        </Suspense>
      </Boundary>
    </Dialog>
  )
}
