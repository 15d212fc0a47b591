import { motifsOf } from './motifs'
import { type Film, type Look, lookOf, tints } from './poster'

const keyOf = (look: Look) => `${look.genre}/${look.variant}/${look.tint}`
const pictureOf = (look: Look) => `${look.genre}/${look.variant}`

/** Films so near in a list do not show the same picture, even in another tint. */
const apart = 2

/**
 * Gives every film of a list a look of its own: no two are twins, however the list is re-ordered, and neighbours show
 * different pictures. A film keeps the look in `known`, where new ones are noted: nobody should see a poster change. A film
 * whose own look will not do gets another tint first, for it is then still the same picture.
 */
export function cast(films: readonly Film[], known: Map<string, Look>): void {
  const taken = new Set<string>()
  for (const film of films) {
    const look = known.get(film.id)
    if (look) taken.add(keyOf(look))
  }
  films.forEach((film, i) => {
    if (known.has(film.id)) return
    const near = new Set<string>()
    for (let j = i - apart; j <= i + apart; j++) {
      const look = known.get(films[j]?.id ?? '')
      if (look) near.add(pictureOf(look))
    }
    const look = choose(lookOf(film), taken, near)
    taken.add(keyOf(look))
    known.set(film.id, look)
  })
}

function choose(own: Look, taken: ReadonlySet<string>, near: ReadonlySet<string>): Look {
  const variants = motifsOf(own.genre).length
  let spare: Look | undefined
  for (let i = 0; i < variants * tints; i++) {
    const look = { ...own, tint: (own.tint + i) % tints, variant: (own.variant + Math.floor(i / tints)) % variants }
    if (taken.has(keyOf(look))) continue
    if (!near.has(pictureOf(look))) return look
    spare ??= look
  }
  return spare ?? own // more films of one genre than there are looks
}
