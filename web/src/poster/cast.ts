import { motifsOf } from './motifs'
import { type Film, type Look, lookOf, tints } from './poster'

const keyOf = (look: Look) => `${look.genre}/${look.variant}/${look.tint}`

/**
 * Gives every film of a list a look of its own, so that no two neighbours are twins, however the list is re-ordered. A film
 * keeps the look in `known`, where new ones are noted: nobody should see a film's poster change. A film that would be a twin
 * gets another tint first, for it is then still the same picture, and only then another picture.
 */
export function cast(films: readonly Film[], known: Map<string, Look>): void {
  const taken = new Set<string>()
  for (const film of films) {
    const look = known.get(film.id)
    if (look) taken.add(keyOf(look))
  }
  for (const film of films) {
    if (known.has(film.id)) continue
    const look = firstFree(lookOf(film), taken)
    taken.add(keyOf(look))
    known.set(film.id, look)
  }
}

function firstFree(own: Look, taken: ReadonlySet<string>): Look {
  const variants = motifsOf(own.genre).length
  for (let i = 0; i < variants * tints; i++) {
    const look = { ...own, tint: (own.tint + i) % tints, variant: (own.variant + Math.floor(i / tints)) % variants }
    if (!taken.has(keyOf(look))) return look
  }
  return own // more films of one genre than there are looks
}
