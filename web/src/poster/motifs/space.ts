import { circle, f, group, line, path, rect, ridge, ring, stars, times } from '../shapes'
import type { Motif } from './motif'

const grid = (r: number, y: number, colour: string, spread: number) =>
  times(9, i =>
    line(`M${f(100 + (i - 4) * r)} ${f(y)}L${f(100 + (i - 4) * spread)} 300`, colour, 0.9, 'opacity=".5"'),
  ) + times(6, i => line(`M0 ${f(y + i * i * 3.2)}H200`, colour, 0.9, 'opacity=".5"'))

export const ringedPlanet: Motif = (r, p, id) => {
  const x = 56 + r() * 88
  const y = 88 + r() * 26
  const q = 38 + r() * 14
  const fill = `url(#${id}m)`
  return (
    stars(r, 60, '#fff') +
    `<linearGradient id="${id}m" x1="0" y1="0" x2="1" y2="1"><stop stop-color="${p.c}"/><stop offset="1" stop-color="${p.a}"/></linearGradient>` +
    circle(x, y, q, fill) +
    group(
      `rotate(${f(r() * 40 - 20)} ${f(x)} ${f(y)})`,
      `<ellipse cx="${f(x)}" cy="${f(y)}" rx="${f(q * 1.75)}" ry="${f(q * 0.36)}" fill="none" stroke="${p.c}" stroke-width="3.2" opacity=".9"/>` +
        path(
          `M${f(x - q)} ${f(y)}A${f(q)} ${f(q)} 0 0 1 ${f(x + q)} ${f(y)}A${f(q * 1.6)} ${f(q * 0.3)} 0 0 0 ${f(x - q)} ${f(y)}Z`,
          fill,
        ),
    ) +
    grid(9, 206, p.c, 70)
  )
}

export const retroSun: Motif = (r, p) => {
  const x = 60 + r() * 80
  const y = 104
  const q = 54 + r() * 10
  return (
    stars(r, 40, '#fff') +
    circle(x, y, q, p.c, 0.95) +
    times(6, i => rect(0, y + 2 + i * 10, 200, 1.6 + i * 1.3, p.b)) +
    rect(0, y + q - 2, 200, 200, p.b) +
    grid(12, y + q, p.c, 80)
  )
}

export const eclipse: Motif = (r, p) => {
  const x = 70 + r() * 60
  const q = 50
  return (
    stars(r, 50, '#fff') +
    [30, 22, 14, 7].map((d, i) => circle(x, 100, q + d, p.c, [0.08, 0.14, 0.24, 0.6][i])).join('') +
    circle(x, 100, q, '#04050C') +
    circle(x + q * 0.72, 100 - q * 0.72, 6, '#fff', 0.95) +
    circle(x + q * 0.72, 100 - q * 0.72, 14, '#fff', 0.25)
  )
}

export const orbits: Motif = (r, p) => {
  const x = 60 + r() * 80
  const y = 112
  return (
    stars(r, 46, '#fff') +
    times(5, k => {
      const i = k + 1
      const a = r() * 6.3
      return (
        ring(x, y, i * 19, p.c, 1, f(0.65 - i * 0.08)) +
        circle(x + Math.cos(a) * i * 19, y + Math.sin(a) * i * 19, 2.5 + r() * 4, i % 2 ? p.c : '#fff')
      )
    }) +
    circle(x, y, 13, '#FFD98A') +
    circle(x, y, 22, '#FFD98A', 0.2)
  )
}

export const monolith: Motif = (r, p) => {
  const x = 86 + r() * 28
  return (
    stars(r, 56, '#fff') +
    circle(x, 70, 30, p.c, 0.9) +
    times(3, i => circle(x, 70, 40 + i * 16, p.c, 0.1)) +
    path(`M${f(x - 17)} 92l34 -7v170h-34Z`, '#03040A') +
    path(`M${f(x + 17)} 85l8 4v166h-8Z`, p.c, 'opacity=".5"') +
    ridge(r, 214, 5, 9, p.b)
  )
}

export const rocket: Motif = (r, p) =>
  stars(r, 50, '#fff') +
  group(
    `rotate(${f(-28 + r() * 56)} 100 110)`,
    path('M100 22q30 34 26 92h-52q-4 -58 26 -92Z', '#F4F7FF') +
      `<circle cx="100" cy="72" r="12" fill="${p.a}" stroke="${p.c}" stroke-width="4"/>` +
      path('M74 96l-20 34 24 -10ZM126 96l20 34 -24 -10Z', p.c) +
      path('M84 118h32q2 40 -16 74q-18 -34 -16 -74Z', '#FFB224') +
      path('M92 118h16q0 24 -8 44q-8 -20 -8 -44Z', '#FFF1C9'),
  )

export const saucer: Motif = (r, p) => {
  const x = 70 + r() * 60
  return (
    stars(r, 44, '#fff') +
    path(`M${f(x - 26)} 84h52L${f(x + 74)} 240H${f(x - 74)}Z`, p.c, 'opacity=".28"') +
    path(`M${f(x - 14)} 84h28L${f(x + 34)} 240H${f(x - 34)}Z`, p.c, 'opacity=".35"') +
    path(`M${f(x - 24)} 66a24 24 0 0 1 48 0Z`, '#fff', 'opacity=".85"') +
    `<ellipse cx="${f(x)}" cy="74" rx="62" ry="15" fill="${p.a}" stroke="${p.c}" stroke-width="2.5"/>` +
    times(5, i => circle(x - 44 + i * 22, 77, 3.2, p.c)) +
    ridge(r, 222, 6, 12, p.b)
  )
}

export const visor: Motif = (r, p) => {
  const x = 84 + r() * 32
  return (
    stars(r, 40, '#fff') +
    circle(x, 104, 62, '#EEF2FA') +
    `<rect x="${f(x - 46)}" y="68" width="92" height="70" rx="34" fill="${p.b}" stroke="${p.c}" stroke-width="4"/>` +
    circle(x - 16, 96, 15, p.c, 0.85) +
    circle(x + 22, 112, 6, '#fff', 0.8) +
    line(`M${f(x - 34)} 118q34 20 68 -2`, p.a, 5, 'stroke-linecap="round" opacity=".8"') +
    path(`M${f(x - 74)} 240q10 -76 74 -76t74 76Z`, '#DDE3EF') +
    rect(x - 20, 176, 40, 22, p.a, 'rx="5"')
  )
}
