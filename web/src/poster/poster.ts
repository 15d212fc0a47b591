import { shift } from './colour'
import { motifsOf } from './motifs'
import { byRarity, type Palette, palettes, plain, turnOf } from './palette'
import { hash, random } from './random'
import { f } from './shapes'
import { displayTitle, setTitle, styleOf } from './title'

/** What a poster is drawn from. */
export interface Film {
  id: string
  title: string
  year?: number | null
  genres: readonly string[]
}

/** What makes a poster look as it does at a glance. Two films with the same look are twins. */
export interface Look {
  genre: string
  variant: number
  tint: number
}

/** Each genre comes in so many tints. */
export const tints = 4

/** The look that a film has by itself, always the same. */
export function lookOf(film: Film): Look {
  const genre = byRarity(film.genres)[0] ?? ''
  const seed = hash(`${film.id}|${film.title}`)
  return { genre, variant: seed % motifsOf(genre).length, tint: (seed >>> 12) % tints }
}

/** A film's colours in a look: turned from its genre's by the tint and a little by itself, and paler when it is old. */
export function coloursOf(film: Film, look = lookOf(film)): Palette {
  const base = palettes[look.genre] ?? plain
  const r = random(hash(film.title))
  const turn = turnOf(look.genre) * [0, 0.85, -0.85, 0.45][look.tint]! + (r() * 2 - 1) * Math.min(8, turnOf(look.genre))
  const lighter = [0, -0.02, 0.015, 0.03][look.tint]! + (r() * 2 - 1) * 0.015
  const chroma = film.year && film.year < 1960 ? 0.72 : 1
  const second = byRarity(film.genres)[1]
  const borrows = second && look.tint % 2 === 1 && !['Comedy', 'Documentary'].includes(look.genre)
  return {
    ...base,
    a: shift(base.a, turn, lighter, chroma),
    b: shift(base.b, turn * 0.7, lighter / 2, chroma),
    c: borrows ? palettes[second]!.c : base.c,
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, c => escapes[c]!)

/** Draws a poster as the content of an svg element of 200 x 300 units. `id` must be unique in the document. */
export function draw(film: Film, id: string, look = lookOf(film)): string {
  const p = coloursOf(film, look)
  const motifs = motifsOf(look.genre)
  const r = random(hash(`${film.title}|${film.year}`))
  const angle = 65 + Math.floor(r() * 50)
  const art = motifs[look.variant % motifs.length]!(r, p, id)
  // Every other tint is mirrored, but for pictures with letters in them.
  const mirrored = look.tint % 2 === 1 && !art.includes('<text')
  // Below a title that stands on top, pictures stand lower.
  const onTop = styleOf(look.genre, '').top
  const down = onTop ? 26 : 0
  const place = mirrored ? ` transform="matrix(-1 0 0 1 200 ${down})"` : down ? ` transform="translate(0 ${down})"` : ''
  const dark = look.genre === 'Romance' ? '#8E1B43' : p.b
  const fade = (at: number, opacity: number) => `<stop offset="${at}" stop-color="${dark}" stop-opacity="${opacity}"/>`
  return (
    `<defs><linearGradient id="${id}" gradientTransform="rotate(${angle} .5 .5)"><stop stop-color="${p.a}"/><stop offset="1" stop-color="${p.b}"/></linearGradient>` +
    `<linearGradient id="${id}s" x2="0" y2="1">${fade(0, 0)}${fade(0.62, 0.86)}${fade(1, 1)}</linearGradient></defs>` +
    `<rect width="200" height="300" fill="url(#${id})"/><g${place}>${art}</g>` +
    (onTop ? '' : `<rect y="120" width="200" height="180" fill="url(#${id}s)"/>`) +
    lettering(film, look, p)
  )
}

function lettering(film: Film, look: Look, p: Palette): string {
  let title = displayTitle(film.title)
  let subtitle = ''
  const parts = /^(.{4,}?)(?:: | - )(.+)$/.exec(title)
  if (parts && title.length > 22) [title, subtitle] = [parts[1]!, parts[2]!]
  const style = styleOf(look.genre, title)
  const { lines, height } = setTitle(style, title)
  const [x, anchor] = style.middle ? [100, 'middle'] : [14, 'start']
  let y = style.top ? 22 : (subtitle ? 250 : 268) - height
  let out = ''
  for (const { text, size } of lines) {
    y += size * style.leading
    out += `<text x="${x}" y="${f(y)}" text-anchor="${anchor}" font-size="${f(size)}" letter-spacing="${f((style.track * size) / 40)}">${escaped(text)}</text>`
  }
  if (subtitle) {
    const size = f(Math.min(12.5, 300 / subtitle.length))
    out += `<text class="poster-small" x="${x}" y="${style.top ? f(y + 18) : 271}" text-anchor="${anchor}" font-size="${size}" opacity=".92">${escaped(subtitle)}</text>`
  }
  const foot = [film.year, ...byRarity(film.genres).slice(0, 2)].filter(Boolean).join('  ·  ').toUpperCase()
  return (
    `<g class="poster-${style.face}" fill="${p.ink}"${style.tilt ? ` transform="rotate(${style.tilt} 14 270)"` : ''}>${out}</g>` +
    `<text class="poster-foot" x="${x}" y="288" text-anchor="${anchor}" fill="${p.ink}" opacity=".78">${escaped(foot)}</text>`
  )
}
