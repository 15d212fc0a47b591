import { widths } from './widths'

/** How a genre sets its titles. `face` is a class of the stylesheet and a row of the table of glyph widths. */
export interface Style {
  face: 'block' | 'wide' | 'wideTight' | 'serif' | 'fun' | 'swiss'
  upper?: boolean
  track: number
  max: number
  leading: number
  middle?: boolean
  justify?: boolean
  tilt?: number
  top?: boolean
}

const block: Style = { face: 'block', upper: true, track: -0.5, max: 58, leading: 0.86, justify: true }
const wide: Style = { face: 'wide', upper: true, track: 1.6, max: 27, leading: 1.08, middle: true }
const wideTight: Style = { ...wide, face: 'wideTight', track: 0.6, max: 30 }
const serif: Style = { face: 'serif', track: -0.4, max: 40, leading: 1, middle: true }
const fun: Style = { face: 'fun', track: -1.2, max: 44, leading: 0.92, tilt: -3 }
const swiss: Style = { face: 'swiss', track: -0.6, max: 32, leading: 1, top: true }

const styles: Record<string, Style> = {
  Action: block,
  War: block,
  Crime: block,
  Thriller: block,
  Horror: block,
  Western: block,
  Adventure: block,
  'Sci-Fi': wide,
  IMAX: wide,
  Mystery: wide,
  Fantasy: serif,
  Drama: serif,
  Romance: serif,
  'Film-Noir': serif,
  Comedy: fun,
  Animation: fun,
  Children: fun,
  Musical: fun,
}

export function styleOf(genre: string, title: string): Style {
  const style = styles[genre] ?? swiss
  return style === wide && title.split(' ').some(word => word.length > 9) ? wideTight : style
}

const trailingArticle = /^(.*), (The|A|An|La|Le|Les|Il|Der|Die|Das|El|Los|L')( \(.*\))?$/

/** "Matrix, The" is filed so, and reads "The Matrix". Other titles in brackets are left out. */
export function displayTitle(title: string): string {
  return title
    .replace(/ \((19|20)\d\d\)$/, '')
    .replace(
      trailingArticle,
      (_, rest, article, more = '') => `${article}${article.endsWith("'") ? '' : ' '}${rest}${more}`,
    )
    .replace(/ \(a\.k\.a\..*\)$/, '')
    .replace(/(?<=.) \(.*\)$/, '')
}

/** The width of a text at size 1, from a table: posters must come out the same where nothing can be measured. */
export function measure(face: Style['face'], text: string): number {
  const table = widths[face]
  let sum = 0
  for (const c of text.normalize('NFD')) {
    const code = c.codePointAt(0)!
    if (code >= 0x300 && code < 0x370) continue // an accent stands over its letter
    sum += table[code - 32] ?? 600
  }
  return sum / 1000
}

export interface Line {
  text: string
  size: number
}

/** Sets a title in at most five lines of 172 units, 112 units high, as large and as balanced as it goes. */
export function setTitle(style: Style, title: string): { lines: Line[]; height: number } {
  const words = (style.upper ? title.toUpperCase() : title).split(/\s+/).filter(Boolean)
  let best: { lines: Line[]; height: number; score: number } | undefined
  for (let n = 1; n <= Math.min(5, words.length); n++) {
    const lines = sized(style, balance(style, words, n))
    const height = lines.reduce((sum, l) => sum + l.size * style.leading, 0)
    const smallest = Math.min(...lines.map(l => l.size))
    const score = (height > 112 ? 112 - height - 1000 : 0) + smallest * 2 + height * 0.25
    if (!best || score > best.score) best = { lines, height, score }
  }
  if (!best) return { lines: [], height: 0 }
  const scale = Math.min(1, 112 / best.height)
  return { lines: best.lines.map(l => ({ ...l, size: l.size * scale })), height: best.height * scale }
}

function sized(style: Style, texts: string[]): Line[] {
  const longest = Math.max(...texts.map(text => breadth(style, text)))
  return texts.map(text => ({
    text,
    size: Math.min(style.max, 172 / (style.justify ? breadth(style, text) : longest)),
  }))
}

/** The width at size 1 with the letter spacing, which grows with the size. */
const breadth = (style: Style, text: string) => measure(style.face, text) + (style.track / 40) * text.length

const weak = /(^|\s)(the|a|an|of|and|in|to|for|de|la)$/i

/** Splits words into n lines so that the longest is short, and none but the last ends in a weak word. */
function balance(style: Style, words: string[], n: number): string[] {
  let best: { cost: number; lines: string[] } | undefined
  const go = (from: number, left: number, lines: string[]) => {
    if (left === 1) {
      const all = [...lines, words.slice(from).join(' ')]
      const weakEnds = lines.filter(line => line.includes(' ') && weak.test(line)).length
      const cost = Math.max(...all.map(line => breadth(style, line))) * (1 + 0.12 * weakEnds)
      if (!best || cost < best.cost) best = { cost, lines: all }
      return
    }
    for (let to = from + 1; to <= words.length - left + 1; to++)
      go(to, left - 1, [...lines, words.slice(from, to).join(' ')])
  }
  // A very long title would have too many splits: its tail counts as one word.
  if (words.length > 12) words = [...words.slice(0, 11), words.slice(11).join(' ')]
  go(0, n, [])
  return best!.lines
}
