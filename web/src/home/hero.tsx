import { useRef } from 'react'
import type { Pick } from '../api/documents'
import { Bar, Sign } from '../parts/criterion'
import { genresOf, percent, sentence, stars, titleOf } from '../parts/format'
import { Icon } from '../parts/icon'
import { MovieLink } from '../parts/movie-link'
import { useSettled } from '../parts/use-settled'
import { coloursOf } from '../poster/poster'
import { filmOf, knownLook, Poster, useCast } from '../poster/view'
import type { RankingState } from '../ranking/ranking'
import { reasonsOf } from '../ranking/shares'
import { actionsOf } from '../session/actions'
import { useMark } from '../session/marks'
import { useSession } from '../session/session'
import { t } from '../strings'

/** The first pick, large. It changes with a final ranking only, and to another film never under the pointer or the focus. */
export function Hero({ state }: { state: RankingState }) {
  const box = useRef<HTMLDivElement>(null)
  const newest = useRef<readonly Pick[]>([])
  const shown = useRef<readonly Pick[]>([])
  const first = newest.current.length === 0 && state.phase === 'failed'
  if ((state.phase === 'final' || first) && state.picks.length > 0) newest.current = state.picks.slice(0, 3)
  const next = newest.current[0]?.movie.id
  const [settled = next] = useSettled(box, next ? [next] : [])
  if (settled === next) shown.current = newest.current
  const [top] = shown.current
  const start = (state.settings.start?.length ?? 0) > 0
  return (
    <div ref={box}>
      {top ? <HeroOf pick={top} stack={shown.current} start={start} key={top.movie.id} /> : <HeroSkeleton />}
    </div>
  )
}

const movies = (picks: readonly Pick[]) => picks.map(p => p.movie)

function HeroOf({ pick, stack, start }: { pick: Pick; stack: readonly Pick[]; start: boolean }) {
  const { movie } = pick
  const session = useSession()
  const mark = useMark(session.marks, movie)
  const act = actionsOf(session)
  useCast(movies(stack))
  const colours = coloursOf(filmOf(movie), knownLook(movie.id))
  return (
    <section
      className="hero"
      aria-labelledby="hero-title"
      ref={element => {
        element?.style.setProperty('--poster-a', colours.a)
        element?.style.setProperty('--poster-b', colours.b)
      }}
      data-id={movie.id}
    >
      <div>
        <p className="eyebrow">
          <Icon name="spark" /> {start ? t.hero.start : t.hero.top(session.person!.name)}
        </p>
        <h1 id="hero-title">{titleOf(movie)}</h1>
        <p className="meta">
          {pick.score > 0 && <b className="good">{t.hero.match(percent(100))}</b>}
          {movie.year && <span>{movie.year}</span>}
          <span>{genresOf(movie)}</span>
          {movie.rating && <span>★ {stars(movie.rating)}</span>}
        </p>
        <Reasons pick={pick} />
        <div className="buttons">
          <button
            type="button"
            className="button primary"
            onClick={event => event.detail < 2 && void act.toggleSeen(movie)} // a double click means one film, once
          >
            <Icon name={mark.watchedAt ? 'undo' : 'check'} /> {mark.watchedAt ? t.movie.unsee : t.hero.seen}
          </button>
          <MovieLink movie={movie} className="button">
            <Icon name="info" /> {t.hero.details}
          </MovieLink>
          <button
            type="button"
            className="button compact"
            onClick={() => void (mark.dismissed ? act.restore(movie) : act.dismiss(movie))}
          >
            <Icon name={mark.dismissed ? 'undo' : 'no'} /> <span>{mark.dismissed ? t.movie.restore : t.hero.no}</span>
          </button>
        </div>
      </div>
      <div className="stack" aria-hidden="true">
        {[stack[2], stack[1], stack[0]].map(
          p =>
            p && (
              <div key={p.movie.id}>
                <Poster movie={p.movie} eager />
              </div>
            ),
        )}
      </div>
    </section>
  )
}

/** The weightiest shares with their sentences, as parts of the whole. */
function Reasons({ pick }: { pick: Pick }) {
  return (
    <ul className="reasons" aria-label={t.hero.why}>
      {reasonsOf(pick, 3).map(({ text, share }) => (
        <li key={text}>
          {share ? <Sign criterion={share.criterion} /> : <span />}
          <span>{sentence(text)}</span>
          {share && <Bar percent={share.reach} criterion={share.criterion} />}
          {share && <span className="number">{percent(share.part)}</span>}
        </li>
      ))}
    </ul>
  )
}

function HeroSkeleton() {
  return (
    <section className="hero waiting" aria-hidden="true">
      <div>
        <p className="block eyebrow-block" />
        <p className="block title-block" />
        <p className="block text-block" />
        <p className="block text-block" />
        <p className="block text-block short" />
        <p className="block button-block" />
      </div>
      <div className="stack">
        <div />
        <div />
        <div />
      </div>
    </section>
  )
}
