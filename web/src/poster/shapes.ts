import type { Random } from './random'

export const width = 200
export const height = 300

/** One decimal is enough at 200 units, and keeps the markup small. */
export const f = (n: number): number => Math.round(n * 10) / 10

export const circle = (x: number, y: number, radius: number, fill: string, opacity = 1): string =>
  `<circle cx="${f(x)}" cy="${f(y)}" r="${f(radius)}" fill="${fill}"${opacity < 1 ? ` opacity="${opacity}"` : ''}/>`

export const ring = (x: number, y: number, radius: number, stroke: string, thick: number, opacity = 1): string =>
  `<circle cx="${f(x)}" cy="${f(y)}" r="${f(radius)}" fill="none" stroke="${stroke}" stroke-width="${thick}" opacity="${opacity}"/>`

export const rect = (x: number, y: number, w: number, h: number, fill: string, more = ''): string =>
  `<rect x="${f(x)}" y="${f(y)}" width="${f(w)}" height="${f(h)}" fill="${fill}" ${more}/>`

export const path = (d: string, fill: string, more = ''): string => `<path d="${d}" fill="${fill}" ${more}/>`

export const line = (d: string, stroke: string, thick: number, more = ''): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${thick}" ${more}/>`

export const group = (transform: string, content: string): string => `<g transform="${transform}">${content}</g>`

export const times = (n: number, draw: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => draw(i)).join('')

/** Stars are dots of three sizes, each size one path: sixty circles would be sixty elements. */
export function stars(r: Random, n: number, colour: string): string {
  const dots = ['', '', '']
  for (let i = 0; i < n; i++) {
    const z = r()
    dots[z > 0.93 ? 2 : z > 0.6 ? 1 : 0] += `M${f(r() * width)} ${f(r() * 210)}h0`
  }
  return dots
    .map((d, i) => d && line(d, colour, [1.1, 1.9, 3.4][i]!, `stroke-linecap="round" opacity="${[0.5, 0.75, 1][i]}"`))
    .join('')
}

/** A jagged line with everything below it filled. */
export function ridge(r: Random, y: number, amplitude: number, steps: number, fill: string, opacity = 1): string {
  let d = `M0 ${height}L0 ${f(y)}`
  for (let i = 0; i <= steps; i++) d += `L${f((i * width) / steps)} ${f(y + (r() - 0.5) * 2 * amplitude)}`
  return path(`${d}L${width} ${height}Z`, fill, opacity < 1 ? `opacity="${opacity}"` : '')
}
