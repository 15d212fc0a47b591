import { circle, f, group, line, path, rect, times } from '../shapes'
import type { Motif } from './motif'

export const profile: Motif = (r, p) => {
  const x = 70 + r() * 60
  const side = r() > 0.5 ? 1 : -1
  return (
    circle(x, 118, 66, p.c, 0.92) +
    group(
      `translate(${f(x)} 118) scale(${side} 1)`,
      path(
        'M-6 92C-8 60 4 56 2 40C-10 42 -20 36 -18 24C-18 19 -27 19 -25 14C-23 8 -17 4 -19 -8C-24 -40 0 -56 24 -52C50 -48 62 -24 54 4C48 26 42 40 56 92Z',
        p.b,
      ),
    ) +
    path(`M0 ${f(196 + r() * 8)}Q50 ${f(176 + r() * 14)} 100 198T200 ${f(190 + r() * 10)}V300H0Z`, p.b, 'opacity=".75"')
  )
}

export const lone: Motif = (r, p) => {
  const x = 56 + r() * 88
  return (
    circle(x, 120, 60 + r() * 12, p.c, 0.9) +
    path(`M0 ${f(178 + r() * 6)}Q70 ${f(164 + r() * 12)} 200 ${f(182 + r() * 8)}V300H0Z`, p.b) +
    path(`M${f(x - 4)} 178l1.5 -24q-3 -8 2.5 -10q5.5 2 2.5 10l1.5 24Z`, p.b) +
    circle(x, 139, 5, p.b) +
    path(`M${f(x - 4)} 178l-${f(10 + r() * 16)} 70h12l10 -70Z`, '#000', 'opacity=".25"')
  )
}

export const panes: Motif = (r, p) =>
  group(
    `skewX(${f(r() * 16 - 8)})`,
    times(6, i =>
      rect(52 + (i % 2) * 50, 34 + Math.floor(i / 2) * 48, 44, 42, p.c, `opacity="${f(0.55 + r() * 0.45)}"`),
    ),
  ) +
  path('M92 206v-34q-12 -3 -9 -18q3 -16 17 -16q14 0 17 16q3 15 -9 18v34Z', p.b) +
  path('M66 240q6 -44 34 -44q28 0 34 44Z', p.b)

export const cutPaper: Motif = (r, p) =>
  times(5, i => {
    const [x, y, w, h, t] = [r() * 150 - 10, 10 + i * 36, 70 + r() * 90, 26 + r() * 22, r() * 16 - 8]
    return path(
      `M${f(x)} ${f(y)}l${f(w)} ${f(t)}l${f(-4 + r() * 8)} ${f(h)}l${f(-w)} ${f(-t * 0.4)}Z`,
      [p.c, p.a, p.b, p.c][i % 4]!,
      'opacity=".92"',
    )
  }) + circle(40 + r() * 120, 96, 17, '#fff', 0.9)

export const arcs: Motif = (r, p) => {
  const x = r() > 0.5 ? 0 : 200
  return times(7, k => {
    const i = 7 - k
    return circle(x, 190, i * 24, i % 2 ? p.c : p.b, i % 2 ? f(0.25 + i * 0.07) : 0.9)
  })
}

export const dusk: Motif = (r, p) => {
  const x = 70 + r() * 60
  return (
    rect(0, 160, 200, 140, p.b, 'opacity=".55"') +
    circle(x, 130, 52, p.c, 0.95) +
    times(9, i => {
      const w = 112 - i * 9
      return rect(x - w / 2 + (r() - 0.5) * 14, 166 + i * 9, w, 3.6, p.c, `rx="1.8" opacity="${f(0.9 - i * 0.085)}"`)
    }) +
    path(`M${f(x - 14)} 166l1 -20q-3 -6 1 -8q5 2 2 8l4 20ZM${f(x)} 166l3 -22q-3 -6 2 -8q4 2 1 8l3 22Z`, p.b)
  )
}

export const door: Motif = (r, p) => {
  const x = 74 + r() * 30
  return (
    rect(x, 52, 58, 146, p.c, 'opacity=".95"') +
    path(`M${f(x)} 52l34 16v144l-34 -14Z`, p.b) +
    circle(x + 27, 138, 3, p.c) +
    path(`M${f(x + 34)} 198h24l70 60H${f(x - 30)}Z`, p.c, 'opacity=".35"') +
    path(`M${f(x + 44)} 200l2 -34q-4 -10 3 -13q7 3 4 13l2 34Z`, p.b)
  )
}

export const hearts: Motif = (r, p) => {
  const y = 110 + r() * 14
  const d = 26 + r() * 8
  return (
    `<g class="multiply">${circle(100 - d, y, 48, '#FF5D7E', 0.85)}${circle(100 + d, y, 48, '#FFB08A', 0.9)}</g>` +
    path(`M100 ${f(y + 20)}c-22 -18 -30 -26 -30 -37a15 15 0 0 1 30 -6a15 15 0 0 1 30 6c0 11 -8 19 -30 37Z`, p.c) +
    times(9, () => circle(r() * 200, r() * 210, 1.2 + r() * 2.6, p.c, 0.55))
  )
}

export const rose: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 20
  let s = ''
  for (let k = 3; k > 0; k--)
    for (let i = 0; i < 6; i++) {
      const a = (i / 6) * Math.PI * 2 + k * 0.5
      s += circle(x + Math.cos(a) * k * 15, 104 + Math.sin(a) * k * 15, k * 10 + 6, k % 2 ? '#E2335F' : p.c, 0.34)
    }
  return s + circle(x, 104, 11, p.c, 0.95) + line(`M${f(x)} 150q-6 50 4 110`, '#5E1030', 5, 'opacity=".7"')
}

export const rings: Motif = (r, p) => {
  const t = f(r() * 24 - 12)
  return (
    group(
      `rotate(${t} 100 112)`,
      `<circle cx="76" cy="118" r="42" fill="none" stroke="${p.c}" stroke-width="9"/><circle cx="126" cy="118" r="42" fill="none" stroke="#FFD98A" stroke-width="9"/>` +
        line('M106 87a42 42 0 0 1 12 28', p.c, 9) +
        path('M126 58l12 10 -12 14 -12 -14Z', '#fff'),
    ) + times(10, () => circle(r() * 200, r() * 200, 1 + r() * 2.4, '#fff', 0.6))
  )
}

export const letter: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 20 - 10)} 100 116)`,
    rect(34, 68, 132, 92, p.c, 'rx="6"') +
      line('M36 72L100 124L164 72', '#B52A55', 3.5, 'opacity=".7"') +
      path(
        'M100 142c-20 -16 -27 -23 -27 -33a13.500 13.500 0 0 1 27 -5a13.500 13.500 0 0 1 27 5c0 10 -7 17 -27 33Z',
        '#E2335F',
      ),
  )

export const umbrella: Motif = (r, p) => {
  const x = 92 + r() * 16
  return (
    line(Array.from({ length: 26 }, () => `M${f(r() * 200)} ${f(r() * 210)}l-5 16`).join(''), p.c, 1, 'opacity=".45"') +
    path(
      `M${f(x - 70)} 118a70 62 0 0 1 140 0q-12 -12 -23 0q-12 -12 -23 0q-12 -12 -24 0q-12 -12 -24 0q-12 -12 -23 0q-12 -12 -23 0Z`,
      '#E2335F',
    ) +
    line(`M${f(x)} 56v120`, p.c, 3) +
    path(
      `M${f(x - 26)} 230l4 -62q-8 -16 4 -20q12 4 5 20l3 62ZM${f(x + 8)} 230l4 -56q-7 -15 4 -19q11 4 5 19l5 56Z`,
      '#6E1436',
    )
  )
}

export const smile: Motif = (r, p) => {
  const y = 96 + r() * 20
  return (
    times(14, () =>
      rect(
        r() * 200,
        r() * 200,
        7,
        7,
        ['#fff', p.b, '#E2336B'][Math.floor(r() * 3)]!,
        `opacity=".75" transform="rotate(${f(r() * 90)} 100 100)"`,
      ),
    ) +
    circle(100, y, 70, p.c) +
    group(
      `rotate(${f(r() * 24 - 12)} 100 ${f(y)})`,
      path(`M52 ${f(y + 4)}A48 48 0 0 0 148 ${f(y + 4)}Z`, p.b) +
        path(`M62 ${f(y + 4)}h76v9a6 6 0 0 1 -6 6h-64a6 6 0 0 1 -6 -6Z`, '#fff') +
        circle(78, y - 24, 8, p.ink) +
        (r() > 0.5
          ? circle(124, y - 24, 8, p.ink)
          : line(`M114 ${f(y - 24)}q10 -9 20 0`, p.ink, 6, 'stroke-linecap="round"')),
    )
  )
}

export const shades: Motif = (r, p) =>
  circle(100, 104, 74, p.c, 0.95) +
  group(
    `rotate(${f(r() * 16 - 8)} 100 104)`,
    path('M30 82h140l-2 10h-6q-2 34 -30 34q-26 0 -28 -30h-8q-2 30 -28 30q-28 0 -30 -34h-6Z', p.ink) +
      path('M48 96h26l-14 22ZM118 96h26l-14 22Z', '#fff', 'opacity=".3"') +
      line('M72 146q30 22 58 -4', p.ink, 6, 'stroke-linecap="round"'),
  )

export const moustache: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 12 - 6)} 100 110)`,
    path('M62 84q0 -44 38 -44t38 44Z', p.ink) +
      rect(44, 82, 112, 11, p.ink, 'rx="5"') +
      circle(78, 114, 7, p.ink) +
      circle(122, 114, 7, p.ink) +
      path(
        'M100 140c-12 -12 -30 -10 -36 4c-6 10 -18 10 -24 2c2 22 34 32 60 8c26 24 58 14 60 -8c-6 8 -18 8 -24 -2c-6 -14 -24 -16 -36 -4Z',
        p.ink,
      ) +
      path('M80 184l20 9 20 -9v26l-20 -9 -20 9Z', '#E2336B'),
  )

export const partyHat: Motif = (r, p) =>
  times(22, i =>
    rect(
      r() * 200,
      r() * 190,
      6,
      10,
      ['#fff', '#E2336B', '#3B7BFF', p.c][i % 4]!,
      `transform="rotate(${f(r() * 180)} ${f(r() * 200)} 90)" opacity=".85"`,
    ),
  ) +
  group(
    `rotate(${f(r() * 24 - 12)} 100 130)`,
    path('M100 34L156 190H44Z', '#E2336B') +
      line('M88 68l26 10M78 96l46 18M68 126l66 26M58 154l66 26', p.c, 8) +
      circle(100, 34, 13, '#fff'),
  )
