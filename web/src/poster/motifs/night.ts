import { circle, f, group, line, path, rect, ridge, ring, stars, times } from '../shapes'
import type { Motif } from './motif'

export const blindsMan: Motif = (r, p) => {
  const x = 60 + r() * 80
  return (
    circle(x, 118, 58, p.c, 0.95) +
    times(11, i => rect(0, 58 + i * 13, 200, 6.2, p.b, 'opacity=".92"')) +
    path(`M${f(x - 34)} 206q34 -60 68 0l26 100h-120Z`, p.b) +
    path(`M${f(x - 22)} 152h44l-6 -20q-16 -9 -32 0ZM${f(x - 36)} 152h72v6h-72Z`, '#05070C') +
    circle(x, 168, 17, '#05070C')
  )
}

export const fingerprint: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 40
  return times(10, k => {
    const i = k + 1
    return line(
      `M${f(x - i * 8)} ${f(150 + r() * 40)}A${f(i * 8)} ${f(i * 9.5)} 0 0 1 ${f(x + i * 8)} ${f(150 + r() * 40)}`,
      p.c,
      3.4,
      `stroke-dasharray="${f(40 + r() * 90)} ${f(3 + r() * 6)}" stroke-linecap="round" opacity=".9"`,
    )
  })
}

export const skyline: Motif = (r, p) => {
  let s = circle(50 + r() * 100, 74, 28, p.c, 0.95)
  let windows = ''
  for (let x = -4; x < 204; ) {
    const w = 18 + r() * 22
    const h = 60 + r() * 110
    s += rect(x, 236 - h, w, h + 70, p.b)
    for (let y = 242 - h; y < 226; y += 9)
      for (let c = x + 4; c < x + w - 5; c += 7) if (r() > 0.62) windows += `M${f(c)} ${f(y)}h3.5v4.5h-3.5Z`
    x += w + 1
  }
  return s + path(windows, p.c, 'opacity=".75"')
}

export const crosshair: Motif = (r, p) => {
  const x = 80 + r() * 40
  const y = 112
  return (
    [62, 44, 26].map((q, i) => ring(x, y, q, p.c, [1.5, 4, 1.5][i]!, 0.9)).join('') +
    line(
      `M${f(x)} ${y - 86}V${y - 34}M${f(x)} ${y + 34}V${y + 86}M${f(x - 86)} ${y}H${f(x - 34)}M${f(x + 34)} ${y}H${f(x + 86)}`,
      p.c,
      3,
    ) +
    circle(x, y, 5, p.c)
  )
}

export const spiral: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 30
  const y = 112
  let d = ''
  for (let i = 0; i < 105; i++) {
    const a = i * 0.38
    const q = i * 0.84
    d += `${i ? 'L' : 'M'}${f(x + Math.cos(a) * q)} ${f(y + Math.sin(a) * q)}`
  }
  return (
    line(d, p.c, 5, 'opacity=".92" stroke-linejoin="round"') +
    group(
      `rotate(${f(r() * 30 - 15)} ${f(x)} ${y})`,
      path(`M${f(x)} 84a8 8 0 1 1 .1 0M${f(x - 10)} 88h20l7 26 -6 2 -5 -15v46h-6v-26h-2v26h-6v-46l-5 15 -6 -2Z`, p.b),
    )
  )
}

export const blade: Motif = (r, p) => {
  const side = r() > 0.5 ? 1 : -1
  return (
    group(
      `translate(100 0) scale(${side} 1) translate(-100 0)`,
      path('M-10 250L120 -20H230L60 250Z', p.c, 'opacity=".9"') + path('M30 250L150 -20H160L40 250Z', p.b),
    ) +
    circle(100, 112, 30, p.b) +
    circle(100, 112, 24, '#fff', 0.95) +
    circle(100, 112, 11, p.b)
  )
}

export const slit: Motif = (r, p) => {
  const y = 96 + r() * 16
  return (
    path(
      `M0 ${f(y - 26)}Q100 ${f(y - 40)} 200 ${f(y - 22)}V${f(y + 24)}Q100 ${f(y + 38)} 0 ${f(y + 20)}Z`,
      p.c,
      'opacity=".95"',
    ) +
    [62, 138]
      .map(
        x =>
          `<ellipse cx="${x}" cy="${f(y)}" rx="25" ry="14" fill="#fff"/>${circle(x + 3, y, 11, p.b)}${circle(x + 6, y - 4, 3, '#fff')}`,
      )
      .join('') +
    line(`M34 ${f(y - 20)}q28 -10 56 4M166 ${f(y - 20)}q-28 -10 -56 4`, p.b, 5, 'stroke-linecap="round"')
  )
}

export const stairs: Motif = (r, p) => {
  const side = r() > 0.5 ? 1 : -1
  return group(
    `translate(100 0) scale(${side} 1) translate(-100 0)`,
    times(9, i => path(`M${20 + i * 15} ${40 + i * 20}h200v20h-200Z`, p.c, `opacity="${f(0.12 + i * 0.08)}"`)) +
      path('M56 76q-6 -22 8 -24t10 16q12 8 10 34h-6l4 24h-8l-8 -22 -8 22h-8l8 -34q-4 -10 -2 -16Z', p.b),
  )
}

export const cracked: Motif = (r, p) => {
  const x = 70 + r() * 60
  const y = 90 + r() * 30
  return (
    times(13, i => {
      const a = (i / 13) * 6.283 + r() * 0.3
      const q = 50 + r() * 130
      return line(
        `M${f(x)} ${f(y)}l${f(Math.cos(a) * q * 0.4)} ${f(Math.sin(a + 0.1) * q * 0.4)}l${f(Math.cos(a) * q)} ${f(Math.sin(a) * q)}`,
        p.c,
        f(0.8 + r() * 1.6),
        'opacity=".8"',
      )
    }) +
    ring(x, y, 30, p.c, 1.2, 0.7) +
    ring(x, y, 52, p.c, 0.9, 0.5) +
    circle(x, y, 13, '#05070C') +
    ring(x, y, 15, p.c, 3)
  )
}

export const spade: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 24 - 12)} 100 120)`,
    rect(50, 34, 100, 148, '#FBF6EA', 'rx="10"') +
      path(
        'M100 66c-8 18 -34 30 -34 50a17 17 0 0 0 30 10q-1 14 -9 20h26q-8 -6 -9 -20a17 17 0 0 0 30 -10c0 -20 -26 -32 -34 -50Z',
        p.b,
      ) +
      path('M66 46c-2 5 -8 8 -8 13a5 5 0 0 0 7 3l-2 6h6l-2 -6a5 5 0 0 0 7 -3c0 -5 -6 -8 -8 -13Z', p.b) +
      line('M58 176h84', p.c, 4, 'stroke-linecap="round"'),
  )

export const drips: Motif = (r, p) => {
  let d = 'M0 0'
  for (let x = 0; x < 200; ) {
    const w = 9 + r() * 16
    const l = 24 + r() * 120
    d += `L${f(x)} 34Q${f(x + 1)} ${f(34 + l)} ${f(x + w / 2)} ${f(34 + l)}Q${f(x + w - 1)} ${f(34 + l)} ${f(x + w)} 34`
    x += w + 4 + r() * 10
  }
  return path(`${d}L200 0Z`, p.c, 'opacity=".95"')
}

export const eye: Motif = (r, p) =>
  path('M16 122Q100 36 184 122Q100 204 16 122Z', '#FBEFE6') +
  circle(100, 121, 37, p.c) +
  path('M100 86Q114 121 100 156Q86 121 100 86Z', '#0A0204') +
  circle(90, 108, 5, '#fff', 0.9) +
  times(6, i =>
    line(`M${22 + i * 10} ${f(116 - r() * 8)}q20 ${f(r() * 16 - 8)} 30 ${f(r() * 10)}`, p.c, 1, 'opacity=".6"'),
  )

export const deadTrees: Motif = (r, p) =>
  circle(100 + (r() - 0.5) * 50, 92, 44, '#FCE9D8', 0.95) +
  ridge(r, 216, 6, 5, p.b) +
  times(7, () => {
    const x = 10 + r() * 180
    const h = 60 + r() * 90
    return path(
      `M${f(x)} 240l3 -${f(h)}l3 ${f(h)}M${f(x + 3)} ${f(240 - h * 0.5)}l${f(10 + r() * 12)} -${f(14 + r() * 12)}M${f(x + 3)} ${f(240 - h * 0.65)}l-${f(9 + r() * 10)} -${f(12 + r() * 12)}`,
      '#090203',
      'stroke="#090203" stroke-width="2.6"',
    )
  })

export const hauntedHouse: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 30
  const lit = (dx: number, y: number) => rect(x + dx, y, 11, 16, p.c, 'rx="5"')
  return (
    circle(x + 34, 70, 40, '#FCE9D8', 0.9) +
    path(`M${f(x - 52)} 230v-74l26 -30 26 30v-50l20 -34 20 34v124Z`, '#0A0204') +
    path(`M${f(x - 34)} 128l4 -22h8l4 22Z`, '#0A0204') +
    lit(-32, 164) +
    lit(-8, 172) +
    lit(14, 120) +
    lit(14, 170) +
    line(`M${f(x - 70)} 92q6 -8 10 0q4 -8 10 0M${f(x - 84)} 66q5 -7 8 0q3 -7 8 0`, '#0A0204', 3) +
    ridge(r, 222, 5, 9, '#0A0204')
  )
}

export const claws: Motif = (r, p) => {
  const t = f(r() * 20 - 10)
  return group(
    `rotate(${t} 100 110)`,
    times(4, i => {
      const x = 46 + i * 34
      const y = 30 + Math.abs(i - 1.5) * 14
      return path(
        `M${x} ${f(y)}q14 70 -8 ${f(150 - Math.abs(i - 1.5) * 20)}q-6 -90 -4 -${f(150 - Math.abs(i - 1.5) * 20)}Z`,
        p.c,
      )
    }),
  )
}

export const ghostMask: Motif = (r, p) => {
  const y = 100 + r() * 10
  return (
    path(`M100 ${f(y - 66)}c44 0 56 40 50 76c-5 34 -26 66 -50 66s-45 -32 -50 -66c-6 -36 6 -76 50 -76Z`, '#F7EFEA') +
    path(
      `M66 ${f(y - 18)}q16 -14 26 4q-4 22 -14 22t-12 -26ZM134 ${f(y - 18)}q-16 -14 -26 4q4 22 14 22t12 -26Z`,
      '#0A0204',
    ) +
    path(`M86 ${f(y + 34)}q14 -10 28 0q4 26 -14 34q-18 -8 -14 -34Z`, '#0A0204') +
    line(`M72 ${f(y + 8)}v${f(20 + r() * 40)}`, p.c, 4, 'stroke-linecap="round"')
  )
}

export const spotlitMan: Motif = (r, p) => {
  const x = 60 + r() * 80
  return (
    path(`M${f(x - 10)} -10L${f(x + 10)} -10L${f(x + 92)} 230L${f(x - 92)} 230Z`, p.c, 'opacity=".28"') +
    `<ellipse cx="${f(x)}" cy="222" rx="92" ry="20" fill="${p.c}" opacity=".7"/>` +
    path(`M${f(x - 15)} 224q2 -58 4 -74q-8 -18 11 -22q19 4 11 22q2 16 4 74Z`, '#050506') +
    path(`M${f(x - 22)} 131h44l-9 -4 -3 -12h-20l-3 12Z`, '#050506') +
    line(Array.from({ length: 26 }, () => `M${f(r() * 200)} ${f(r() * 200)}l-4 16`).join(''), p.c, 0.6, 'opacity=".4"')
  )
}

export const smoke: Motif = (r, p) =>
  times(9, i =>
    rect(-10, 20 + i * 20, 220, 9, p.c, `opacity="${f(0.16 + r() * 0.2)}" transform="rotate(-8 100 100)"`),
  ) +
  line('M60 232C90 190 40 160 74 128S70 70 104 44S96 4 120 -6', p.c, 9, 'opacity=".5" stroke-linecap="round"') +
  rect(42, 228, 44, 8, p.c, 'rx="2" transform="rotate(-24 60 232)"') +
  circle(84, 218, 4, '#E4572E')

export const streetLamp: Motif = (r, p) => {
  const x = 56 + r() * 88
  return (
    times(4, i => circle(x, 66, 22 + i * 22, p.c, 0.12)) +
    circle(x, 66, 13, p.c) +
    path(`M${f(x - 14)} 56h28l-6 -12h-16ZM${f(x - 2.5)} 80h5v170h-5Z`, '#08080A') +
    path(`M${f(x - 40)} 240q40 -18 80 0Z`, p.c, 'opacity=".4"') +
    line(Array.from({ length: 22 }, () => `M${f(r() * 200)} ${f(r() * 220)}l-5 18`).join(''), p.c, 0.7, 'opacity=".35"')
  )
}

export const fedora: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 24
  return (
    circle(x, 110, 76, p.c, 0.85) +
    path(`M${f(x - 44)} 104q6 -50 24 -52q20 6 40 0q18 2 24 52Z`, '#08080A') +
    path(`M${f(x - 82)} 112q82 -30 164 0q-82 24 -164 0Z`, '#08080A') +
    line(`M${f(x - 43)} 98q43 10 86 0`, p.a, 8) +
    path(`M${f(x - 34)} 118q4 52 34 58t34 -58Z`, p.b) +
    line(`M${f(x + 6)} 156l30 8`, '#fff', 4, 'stroke-linecap="round"')
  )
}

export const lantern: Motif = (r, p) => stars(r, 18, p.c) + streetLamp(r, p, '')
