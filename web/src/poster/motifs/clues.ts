import { circle, f, group, line, path, rect, ring, stars, times } from '../shapes'
import type { Motif } from './motif'

export const keyhole: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 30
  return (
    circle(x, 112, 80, p.c, 0.1) +
    circle(x, 112, 60, p.c, 0.16) +
    circle(x, 112, 40, p.c, 0.9) +
    path(`M${f(x)} 92a15 15 0 0 1 9 27l9 34h-36l9 -34a15 15 0 0 1 9 -27Z`, p.b) +
    path(`M${f(x - 18)} 153h36L${f(x + 72)} 260H${f(x - 72)}Z`, p.c, 'opacity=".13"')
  )
}

export const loupe: Motif = (r, p) =>
  stars(r, 20, p.c) +
  group(
    `rotate(${f(r() * 30 - 15)} 100 110)`,
    circle(86, 96, 56, p.c, 0.16) +
      `<circle cx="86" cy="96" r="48" fill="${p.c}" fill-opacity=".9" stroke="${p.ink}" stroke-width="7"/>` +
      line('M122 132l46 48', p.ink, 13, 'stroke-linecap="round"') +
      `<text x="86" y="123" text-anchor="middle" class="poster-query" font-size="78" fill="${p.b}">?</text>`,
  )

export const maze: Motif = (r, p) => {
  const t = Math.floor(r() * 4) * 90
  return group(
    `rotate(${t} 100 112)`,
    line(
      'M100 40a72 72 0 1 0 60 32M100 58a54 54 0 1 1 -46 26M100 76a36 36 0 1 0 31 18M100 94a18 18 0 1 1 -16 10M100 40v18M154 112h-18M64 112h18M100 166v18',
      p.c,
      5,
      'stroke-linecap="round"',
    ) + circle(100, 112, 6, '#fff'),
  )
}

export const oldKey: Motif = (r, p) =>
  circle(100, 110, 76, p.c, 0.12) +
  group(
    `rotate(${f(20 + r() * 50)} 100 112)`,
    `<circle cx="100" cy="62" r="27" fill="none" stroke="${p.c}" stroke-width="12"/>` +
      rect(94, 88, 12, 98, p.c, 'rx="4"') +
      path('M106 146h24v12h-24ZM106 168h30v12h-30Z', p.c) +
      circle(100, 62, 7, p.c),
  )

export const watchingEye: Motif = (r, p) =>
  group(
    `translate(${f(r() * 16 - 8)} 0)`,
    path('M100 30L182 184H18Z', p.c, 'opacity=".18"') +
      line('M100 30L182 184H18Z', p.c, 4, 'stroke-linejoin="round"') +
      path('M50 140q50 -50 100 0q-50 44 -100 0Z', p.ink) +
      circle(100, 138, 20, p.a) +
      circle(100, 138, 10, p.b) +
      circle(107, 131, 4, '#fff') +
      times(9, i => line('M100 22v-14', p.c, 2, `transform="rotate(${i * 20 - 80} 100 130)"`)),
  )

export const doors: Motif = (r, p) => {
  const open = Math.floor(r() * 3)
  return (
    times(3, i => {
      const x = 20 + i * 58
      return (
        rect(x, 70, 46, 118, i === open ? p.c : p.b, `stroke="${p.c}" stroke-width="2" opacity=".95"`) +
        (i === open ? path(`M${x} 188h46l24 60h-94Z`, p.c, 'opacity=".3"') : circle(x + 38, 132, 3, p.c))
      )
    }) + line('M0 188h200', p.c, 2, 'opacity=".5"')
  )
}

export const target: Motif = (r, p) => {
  const x = 70 + r() * 60
  const y = 150 + r() * 20
  return (
    times(7, k => ring(x, y, (7 - k) * 13, p.ink, (7 - k) % 3 ? 0.8 : 2.2, 0.75)) +
    circle(x, y, 16, p.c) +
    line(`M0 ${f(y)}H200M${f(x)} 0V300`, p.ink, 0.7, 'opacity=".55"')
  )
}

export const halftone: Motif = (r, p) => {
  const x0 = 5 + r() * 2
  let dots = ''
  for (let y = 0; y < 13; y++)
    for (let x = 0; x < 11; x++) {
      const q = f(Math.max(0.6, 6.2 * (1 - Math.hypot(x - x0, y - 6.5) / 7.5)))
      dots += `M${f(24 + x * 15.2 - q)} ${86 + y * 14}a${q} ${q} 0 1 0 ${f(q * 2)} 0a${q} ${q} 0 1 0 ${f(-q * 2)} 0`
    }
  return path(dots, p.ink, 'opacity=".85"')
}

export const filmStrip: Motif = (r, p) =>
  group(
    `rotate(${f(-18 + r() * 12)} 100 170)`,
    rect(-60, 110, 320, 120, p.ink) +
      times(16, i => rect(-54 + i * 20, 116, 11, 11, p.a, 'rx="2"') + rect(-54 + i * 20, 213, 11, 11, p.a, 'rx="2"')) +
      times(4, i => rect(-46 + i * 76, 134, 68, 72, [p.b, p.c, '#fff', p.b][i]!, 'rx="3"')),
  )

export const aperture: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 60)} 100 180)`,
    circle(100, 180, 78, p.ink) +
      times(6, i =>
        path(
          'M100 180L100 106A74 74 0 0 1 164 143Z',
          i % 2 ? p.c : p.b,
          `transform="rotate(${i * 60} 100 180)" opacity=".92"`,
        ),
      ) +
      circle(100, 180, 30, p.a) +
      ring(100, 180, 74, p.ink, 6),
  )

export const waveform: Motif = (r, p) =>
  line('M14 180H186', p.ink, 1) +
  times(29, i => {
    const h = 8 + Math.abs(Math.sin(i * 0.5 + r())) * 96 * r()
    return rect(14 + i * 6, 180 - h / 2, 3.4, h, i === 14 ? p.c : p.ink, 'rx="1.7"')
  })

export const globe: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 40 - 20)} 100 176)`,
    circle(100, 176, 74, p.c) +
      [18, 44, 74]
        .map(q => `<ellipse cx="100" cy="176" rx="${q}" ry="74" fill="none" stroke="${p.a}" stroke-width="2"/>`)
        .join('') +
      line('M100 102V250M26 176H174M38 136H162M38 216H162', p.a, 2),
  )

export const photos: Motif = (r, p) =>
  [
    [58, 150, -12],
    [140, 170, 9],
    [96, 196, -2],
  ]
    .map(([x, y, t], i) =>
      group(
        `rotate(${f(t! + r() * 8 - 4)} ${x} ${y})`,
        rect(x! - 40, y! - 46, 80, 92, '#fff', `stroke="${p.ink}" stroke-width="1"`) +
          rect(x! - 33, y! - 39, 66, 62, [p.b, p.c, p.ink][i]!) +
          circle(x!, y! - 8, 15, p.a, 0.9),
      ),
    )
    .join('')

export const sunPlanes: Motif = (r, p) => {
  const y = 150 + r() * 16
  return (
    circle(100 + (r() - 0.5) * 60, y - 6, 46, p.c, 0.95) +
    times(5, i => rect(0, y - 34 + i * 11, 200, 1.5 + i * 1.1, p.b, 'opacity=".85"')) +
    path(`M0 ${f(y + 18)}q50 -10 100 0t100 0V300H0Z`, p.b) +
    times(3, i =>
      group(
        `translate(${f(36 + i * 52 + r() * 24)} ${f(36 + r() * 50)}) scale(${f(0.6 + r() * 0.5)})`,
        path('M-26 0L-3 -3V-12h6V-3L26 0V4L3 5L2 14l6 3v3h-16v-3l6 -3L-3 5L-26 4Z', p.b),
      ),
    )
  )
}

export const wire: Motif = (r, p) => {
  const barb = (y: number) =>
    line(`M-10 ${y}q26 -12 52 0t52 0t52 0t52 0t52 0`, p.b, 3.5) +
    times(7, i => line(`M${12 + i * 30} ${y - 9}l8 18M${20 + i * 30} ${y - 9}l-8 18`, p.b, 3, 'stroke-linecap="round"'))
  return (
    circle(100 + (r() - 0.5) * 70, 100, 52, p.c, 0.95) +
    barb(70) +
    barb(120) +
    barb(170) +
    rect(30 + r() * 20, 40, 11, 240, p.b) +
    rect(150 + r() * 20, 40, 11, 240, p.b)
  )
}

export const helmet: Motif = (r, p) =>
  circle(100, 118, 78, p.c, 0.9) +
  group(
    `rotate(${f(r() * 14 - 7)} 100 150)`,
    path('M34 150c0 -64 34 -90 66 -90s66 26 66 90q-66 -18 -132 0Z', p.b) +
      path('M24 156q76 -26 152 0q-4 10 -14 8q-62 -18 -124 0q-10 2 -14 -8Z', p.b) +
      line('M60 166q6 46 40 46t40 -46', p.b, 5) +
      line('M58 112q14 -34 44 -36', p.a, 5, 'stroke-linecap="round" opacity=".7"'),
  )

export const poppies: Motif = (r, p) =>
  circle(150 - r() * 60, 70, 26, p.c, 0.9) +
  times(9, i => {
    const [x, y, q] = [16 + i * 21, 116 + r() * 70, 9 + r() * 8]
    return (
      line(`M${f(x)} ${f(y)}q${f(r() * 12 - 6)} 60 0 130`, p.b, 3) +
      circle(x - q * 0.5, y, q, '#D5322B') +
      circle(x + q * 0.5, y, q, '#E8473A') +
      circle(x, y + 1, q * 0.42, '#16130A')
    )
  })

export const dogTags: Motif = (r, p) =>
  line('M40 -10Q60 90 96 96M160 -10Q140 90 104 96', p.ink, 3, 'stroke-dasharray="2 5" stroke-linecap="round"') +
  [-14, 12]
    .map((t, i) =>
      group(
        `rotate(${f(t + r() * 8 - 4)} 100 96)`,
        rect(70, 88, 60, 100, i ? '#C9CBBE' : '#9FA292', 'rx="26"') +
          circle(100, 104, 6, p.b) +
          (i ? line('M84 128h32M84 142h32M84 156h22', p.b, 4, 'opacity=".7"') : ''),
      ),
    )
    .join('')

export const searchlights: Motif = (r, p) =>
  times(3, i => {
    const x = 30 + i * 70
    const t = (r() - 0.5) * 120
    return path(`M${x - 3} 226L${f(x + t - 26)} 0H${f(x + t + 26)}L${x + 3} 226Z`, p.c, 'opacity=".4"')
  }) +
  times(4, () =>
    group(
      `translate(${f(20 + r() * 160)} ${f(24 + r() * 90)}) scale(.55)`,
      path('M-26 0L-3 -3V-12h6V-3L26 0V4L3 5L2 14l6 3v3h-16v-3l6 -3L-3 5L-26 4Z', p.b),
    ),
  ) +
  path('M0 214h22v-14h18v20h26v-30h14v24h30v-12h22v18h30v-22h16v16h22v86H0Z', p.b)

export const equaliser: Motif = (r, p) =>
  circle(100, 70, 46, p.c, 0.18) +
  times(11, i => {
    const h = 30 + Math.abs(Math.sin(i * 0.8 + r() * 2)) * 130
    return rect(
      14 + i * 16,
      206 - h,
      9,
      h,
      i % 3 === 1 ? p.c : '#fff',
      `rx="4.5" opacity="${i % 3 === 1 ? 0.95 : 0.5}"`,
    )
  })

export const vinyl: Motif = (r, p) =>
  circle(100, 112, 76, '#160517') +
  [68, 58, 48, 38].map(q => ring(100, 112, q, '#fff', 0.8, 0.22)).join('') +
  circle(100, 112, 26, p.c) +
  circle(100, 112, 5, '#160517') +
  path('M100 112L178 60A94 94 0 0 1 190 96Z', '#fff', `opacity=".12" transform="rotate(${f(r() * 360)} 100 112)"`)

export const piano: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 24 - 12)} 100 120) translate(0 ${f(r() * 10)})`,
    times(7, i => rect(-4 + i * 30, 60, 28, 130, '#fff', 'rx="4"')) +
      [0, 1, 3, 4, 5].map(i => rect(15 + i * 30, 60, 18, 80, '#160517', 'rx="3"')).join('') +
      rect(-4 + 60, 60, 28, 130, p.c, 'rx="4" opacity=".85"'),
  )

export const notes: Motif = (r, p) =>
  times(5, i => line(`M-10 ${60 + i * 24}q60 ${f(-20 + r() * 8)} 120 0t110 0`, '#fff', 1.6, 'opacity=".5"')) +
  times(3, i => {
    const [x, y] = [34 + i * 56, 84 + r() * 70]
    return `<ellipse cx="${f(x)}" cy="${f(y)}" rx="15" ry="11" fill="${i === 1 ? p.c : '#fff'}" transform="rotate(-20 ${f(x)} ${f(y)})"/>${line(`M${f(x + 13)} ${f(y - 4)}v-58q6 18 20 22`, i === 1 ? p.c : '#fff', 4.5)}`
  })

export const microphone: Motif = (r, p) =>
  times(3, i => circle(100, 96, 44 + i * 24, p.c, 0.13)) +
  group(
    `rotate(${f(r() * 40 - 20)} 100 130)`,
    rect(74, 40, 52, 88, p.c, 'rx="26"') +
      line('M74 66h52M74 80h52M74 94h52M88 42v84M112 42v84', '#4A0F68', 2.2, 'opacity=".6"') +
      path('M84 132h32l-6 120h-20Z', '#160517') +
      rect(70, 126, 60, 10, '#fff', 'rx="5"'),
  )

export const stageLights: Motif = (r, p) =>
  times(4, i => {
    const x = 25 + i * 50
    const t = (100 - x) * (0.5 + r() * 0.5)
    return (
      path(`M${x - 6} 26h12L${f(x + t + 34)} 230H${f(x + t - 34)}Z`, i % 2 ? p.c : '#fff', 'opacity=".3"') +
      rect(x - 11, 8, 22, 20, '#160517', 'rx="5"')
    )
  }) +
  `<ellipse cx="100" cy="226" rx="80" ry="14" fill="${p.c}" opacity=".7"/>` +
  path(
    'M92 222l3 -42q-22 -14 -30 -34l6 -3q12 18 26 22q-4 -16 6 -16t6 16q14 -4 26 -22l6 3q-8 20 -30 34l3 42h-6l-5 -32 -5 32Z',
    '#160517',
  )
