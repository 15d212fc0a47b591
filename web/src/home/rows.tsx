import { useMemo, useRef } from 'react'
import { useQuery } from 'urql'
import { type Movie, Movies, Similar, type Watch } from '../api/documents'
import { titleOf } from '../parts/format'
import { Row, useNear } from '../parts/row'
import { t } from '../strings'

/** The films that rows "because you watched" are about: recent ones that the person liked, each of another kind. */
export function reasonsToShow(watches: readonly Watch[], most = 3): Movie[] {
  const liked = watches.filter(w => w.rating == null || w.rating >= 4)
  const chosen: Movie[] = []
  const kinds = new Set<string>()
  for (const { movie } of liked) {
    const kind = movie.genres
      .map(g => g.name)
      .sort()
      .slice(0, 2)
      .join()
    if (kinds.has(kind) || chosen.length === most) continue
    kinds.add(kind)
    chosen.push(movie)
  }
  return chosen
}

const fresh = (movies: readonly Movie[] | null | undefined) =>
  movies?.filter(m => !m.viewerState?.watchedAt && !m.viewerState?.dismissed)

export function BecauseRow({ movie }: { movie: Movie }) {
  const ref = useRef<HTMLDivElement>(null)
  const near = useNear(ref)
  const [{ data, error }] = useQuery({ query: Similar, variables: { id: movie.id, first: 24 }, pause: !near })
  const movies = useMemo(() => fresh(data?.movie?.similar)?.slice(0, 18), [data])
  if (error) return null
  const title = titleOf(movie)
  return (
    <div ref={ref}>
      <Row
        name={`because ${movie.id}`}
        title={
          <>
            {t.rows.because} <span className="accent">{title}</span>
          </>
        }
        plain={`${t.rows.because} ${title}`}
        sub={t.rows.becauseSub}
        movies={movies ?? (data ? [] : undefined)}
      />
    </div>
  )
}

export function GenreRow({ genre, sub }: { genre: string; sub: string }) {
  const title = t.rows.genre(genre)
  return (
    <ListRow
      name={`genre ${genre}`}
      title={title}
      sub={sub}
      filter={{ genres: [genre], seen: false }}
      more={`/browse?genre=${encodeURIComponent(genre)}`}
    />
  )
}

export function OutsideRow({ usual }: { usual: string[] }) {
  const more = `/browse?${usual.map(g => `without=${encodeURIComponent(g)}`).join('&')}&sort=RATING`
  return (
    <ListRow
      name="outside"
      title={t.rows.outside}
      sub={t.rows.outsideSub}
      filter={{ withoutGenres: usual, seen: false }}
      more={more}
      rated
    />
  )
}

interface ListProps {
  name: string
  title: string
  sub: string
  filter: { genres?: string[]; withoutGenres?: string[]; seen?: boolean }
  more: string
  rated?: boolean
}

function ListRow({ name, title, sub, filter, more, rated }: ListProps) {
  const ref = useRef<HTMLDivElement>(null)
  const near = useNear(ref)
  // The first answer stays while the row is shown, whatever is marked meanwhile.
  const [{ data, error }] = useQuery({
    query: Movies,
    variables: { first: 24, filter, orderBy: rated ? 'RATING' : 'POPULAR' },
    pause: !near,
  })
  const movies = useMemo(() => fresh(data?.movies.nodes)?.slice(0, 18), [data])
  if (error) return null
  return (
    <div ref={ref}>
      <Row name={name} title={title} plain={title} sub={sub} movies={movies} more={{ to: more, label: t.rows.all }} />
    </div>
  )
}

export function RecentRow({ movies }: { movies?: Movie[] }) {
  return (
    <Row
      name="recent"
      title={t.rows.recent}
      plain={t.rows.recent}
      sub={t.rows.recentSub}
      movies={movies}
      more={{ to: '/history', label: t.rows.fullHistory }}
    />
  )
}
