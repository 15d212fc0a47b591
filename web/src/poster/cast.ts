import { motifsOf } from './motifs'
import { type Film, type Look, lookOf, tints } from './poster'

const keyOf = (look: Look) => `${look.genre}/${look.variant}/${look.tint}`
const pictureOf = (look: Look) => `${look.genre}/${look.variant}`

/** Films so near in a list do not show the same picture, even in another tint: in a grid, the film below is that near. */
const apart = 8

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
    const near = new Map<string, number>() // how near a picture is
    for (let d = apart; d > 0; d--)
      for (const j of [i - d, i + d]) {
        const look = known.get(films[j]?.id ?? '')
        if (look) near.set(pictureOf(look), d)
      }
    const look = choose(lookOf(film), taken, near)
    taken.add(keyOf(look))
    known.set(film.id, look)
  })
}

/** The first look that is free and whose picture is not near, else the one whose picture is farthest. */
function choose(own: Look, taken: ReadonlySet<string>, near: ReadonlyMap<string, number>): Look {
  const variants = motifsOf(own.genre).length
  let spare = own // there may be more films of one genre than there are looks
  let far = 0
  for (let i = 0; i < variants * tints; i++) {
    const look = { ...own, tint: (own.tint + i) % tints, variant: (own.variant + Math.floor(i / tints)) % variants }
    if (taken.has(keyOf(look))) continue
    const distance = near.get(pictureOf(look)) ?? apart + 1
    if (distance > apart) return look
    if (distance > far) [spare, far] = [look, distance]
  }
  return spare
}
