import { pick } from '../random'
import { circle, f, group, line, path, rect, times } from '../shapes'
import type { Motif } from './motif'

const bright = (p: { c: string; a: string }) => [p.c, p.a, '#5CF0D0', '#FFFFFF', '#FF7A9C']

const eyes = (x: number, y: number, q: number) =>
  circle(x - q, y, q * 0.95, '#fff') +
  circle(x + q, y, q * 0.95, '#fff') +
  circle(x - q * 0.8, y + q * 0.15, q * 0.42, '#171333') +
  circle(x + q * 1.2, y + q * 0.15, q * 0.42, '#171333')

export const blobs: Motif = (r, p) => {
  const colours = bright(p)
  return (
    times(5, i => {
      const [x, y, q] = [20 + r() * 160, 36 + r() * 130, 18 + r() * 40]
      return r() > 0.45
        ? circle(x, y, q, colours[i % 4]!, 0.9)
        : rect(
            x - q,
            y - q,
            q * 2,
            q * 2,
            colours[i % 4]!,
            `rx="${f(q * 0.45)}" opacity=".9" transform="rotate(${f(r() * 60 - 30)} ${f(x)} ${f(y)})"`,
          )
    }) + eyes(100 + r() * 30 - 15, 106 + r() * 16, 24)
  )
}

export const monster: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 20
  return (
    path(`M${f(x - 62)} 240V128a62 66 0 0 1 124 0v112Z`, p.c) +
    path(`M${f(x - 50)} 84l-14 -34 30 18ZM${f(x + 50)} 84l14 -34 -30 18Z`, p.c) +
    eyes(x, 118, 21) +
    path(`M${f(x - 28)} 160h56q-4 26 -28 26t-28 -26Z`, '#171333') +
    path(`M${f(x - 16)} 160h10l-5 9ZM${f(x + 6)} 160h10l-5 9Z`, '#fff') +
    times(6, () => circle(x - 50 + r() * 100, 190 + r() * 30, 3 + r() * 4, '#fff', 0.4))
  )
}

export const robot: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 10 - 5)} 100 120)`,
    line('M100 60V34', '#fff', 5) +
      circle(100, 30, 9, '#FF7A9C') +
      rect(40, 60, 120, 96, p.c, 'rx="24"') +
      rect(54, 76, 92, 50, '#171333', 'rx="22"') +
      circle(82, 101, 11, '#5CF0D0') +
      circle(118, 101, 11, '#5CF0D0') +
      line('M76 142h48', '#171333', 5, 'stroke-dasharray="7 5"') +
      rect(26, 92, 14, 34, '#fff', 'rx="7"') +
      rect(160, 92, 14, 34, '#fff', 'rx="7"') +
      rect(64, 164, 72, 80, '#fff', 'rx="16" opacity=".85"'),
  )

export const fish: Motif = (r, p) => {
  const y = 104 + r() * 16
  return (
    times(12, () => circle(r() * 200, r() * 210, 2 + r() * 6, '#fff', 0.35)) +
    path(`M30 ${f(y)}q50 -62 104 -6l40 -34q-8 40 0 80l-40 -34q-54 56 -104 -6Z`, p.c) +
    path(`M74 ${f(y - 34)}q12 34 0 68q18 8 26 2q10 -36 0 -72q-16 -6 -26 2Z`, '#fff', 'opacity=".85"') +
    circle(56, y - 6, 9, '#fff') +
    circle(54, y - 5, 4.5, '#171333') +
    line(`M36 ${f(y + 14)}q10 6 18 0`, '#171333', 3, 'stroke-linecap="round"')
  )
}

export const paint: Motif = (r, p) => {
  const colours = bright(p)
  return times(6, i => {
    const [x, y, q] = [30 + r() * 140, 36 + r() * 130, 16 + r() * 26]
    const c = colours[i % 5]!
    return (
      circle(x, y, q, c) +
      times(5, () => circle(x + (r() - 0.5) * q * 3.4, y + (r() - 0.5) * q * 3.4, 2 + r() * 5, c)) +
      rect(x - 3, y, 6, 30 + r() * 50, c, 'rx="3"')
    )
  })
}

export const cat: Motif = (r, p) => {
  const x = 100 + (r() - 0.5) * 20
  return (
    path(`M${f(x - 56)} 240V104l-6 -56 38 30q24 -8 48 0l38 -30 -6 56v136Z`, p.b) +
    circle(x - 24, 112, 17, p.c) +
    circle(x + 24, 112, 17, p.c) +
    path(`M${f(x - 24)} 98q7 14 0 28q-7 -14 0 -28ZM${f(x + 24)} 98q7 14 0 28q-7 -14 0 -28Z`, '#0A0714') +
    path(`M${f(x - 7)} 136h14l-7 8Z`, '#FF7A9C') +
    line(
      `M${f(x - 20)} 146l-36 -6M${f(x - 20)} 152l-36 4M${f(x + 20)} 146l36 -6M${f(x + 20)} 152l36 4`,
      '#fff',
      1.6,
      'opacity=".8"',
    )
  )
}

export const balloons: Motif = (r, p) =>
  times(4, i => {
    const [x, y, c] = [34 + i * 44 + r() * 10, 60 + r() * 70, [p.c, '#FF7A9C', '#7CF29A', '#FFFFFF'][i]!]
    return (
      line(`M${f(x)} ${f(y + 26)}Q${f(x + (r() - 0.5) * 40)} ${f(y + 90)} 100 250`, '#fff', 1, 'opacity=".55"') +
      `<ellipse cx="${f(x)}" cy="${f(y)}" rx="21" ry="26" fill="${c}"/><ellipse cx="${f(x - 7)}" cy="${f(y - 9)}" rx="4" ry="7" fill="#fff" opacity=".6"/>`
    )
  }) +
  circle(36, 262, 60, '#fff', 0.16) +
  circle(120, 276, 70, '#fff', 0.14)

export const kite: Motif = (r, p) =>
  `<ellipse cx="44" cy="70" rx="40" ry="13" fill="#fff" opacity=".55"/><ellipse cx="164" cy="150" rx="36" ry="11" fill="#fff" opacity=".45"/>` +
  group(
    `rotate(${f(10 + r() * 24)} 110 90)`,
    path('M110 24l44 58 -44 72 -44 -72Z', p.c) +
      path('M110 24l44 58h-44Z', '#FF7A9C') +
      path('M66 82h44v72Z', '#7CF29A') +
      line('M110 154c-16 26 16 34 0 62s10 30 4 50', '#fff', 2.4) +
      [180, 206, 232].map(y => path(`M110 ${y}l-12 -7v14ZM110 ${y}l12 -7v14Z`, '#fff')).join(''),
  )

export const blocks: Motif = (r, p) => {
  const colours = bright(p)
  const block = (x: number, y: number, i: number) =>
    group(
      `rotate(${f(r() * 8 - 4)} ${x + 27} ${y + 27})`,
      rect(x, y, 54, 54, colours[i % 5]!, 'rx="9"') +
        (i % 3 === 0
          ? circle(x + 27, y + 27, 14, p.b, 0.85)
          : i % 3 === 1
            ? path(`M${x + 27} ${y + 12}l16 28h-32Z`, p.b, 'opacity=".85"')
            : rect(x + 14, y + 14, 26, 26, p.b, 'rx="4" opacity=".85"')),
    )
  return (
    block(16, 150, 0) +
    block(74, 152, 1) +
    block(131, 149, 2) +
    block(44, 93, 3) +
    block(102, 95, 4) +
    block(73, 37, 5 + Math.floor(r() * 3))
  )
}

export const sunHouse: Motif = (r, p) => {
  const x = 30 + r() * 60
  return (
    circle(150, 62, 28, p.c) +
    times(10, i => line('M150 24v-12', p.c, 5, `stroke-linecap="round" transform="rotate(${i * 36} 150 62)"`)) +
    path('M0 196q60 -44 120 -10t80 -12v126H0Z', '#56C271') +
    path('M0 218q70 -26 130 0t70 -8v90H0Z', '#3B9F5B') +
    rect(x, 134, 58, 56, '#fff', 'rx="3"') +
    path(`M${f(x - 9)} 138l38 -38 38 38Z`, '#FF7A9C') +
    rect(x + 21, 156, 17, 34, p.b, 'rx="2"') +
    circle(x + 29, 124, 5, p.b)
  )
}

export const duck: Motif = (r, p) => {
  const flip = r() > 0.5 ? 1 : -1
  return (
    group(
      `translate(100 0) scale(${flip} 1) translate(-100 0)`,
      path(
        'M40 164q-4 -30 24 -38q26 6 44 -4q-26 -14 -22 -44a36 36 0 0 1 71 8q-2 20 -16 30q26 14 16 40q-12 26 -58 26q-50 0 -59 -18Z',
        p.c,
      ) +
        path('M155 84l30 -4q2 14 -14 20l-16 -2Z', '#F0691A') +
        circle(132, 76, 7, '#171333') +
        circle(134, 74, 2.4, '#fff') +
        path('M66 146q26 24 54 -2q-6 32 -30 30q-20 -4 -24 -28Z', '#F0691A', 'opacity=".45"'),
    ) +
    line('M14 196q14 -10 28 0t28 0t28 0t28 0t28 0t28 0', '#fff', 5, 'opacity=".7" stroke-linecap="round"') +
    times(6, () => circle(20 + r() * 160, 24 + r() * 60, 3 + r() * 7, '#fff', 0.5))
  )
}

export const bear: Motif = (r, p) => {
  const y = 112 + r() * 10
  const fur = pick(r, ['#B9773C', '#8A5A34', '#C98F52'])
  return (
    circle(52, y - 50, 24, fur) +
    circle(148, y - 50, 24, fur) +
    circle(52, y - 50, 12, p.c, 0.8) +
    circle(148, y - 50, 12, p.c, 0.8) +
    circle(100, y, 68, fur) +
    `<ellipse cx="100" cy="${f(y + 24)}" rx="34" ry="27" fill="#F3DDBB"/>` +
    circle(76, y - 14, 8, '#1D1207') +
    circle(124, y - 14, 8, '#1D1207') +
    `<ellipse cx="100" cy="${f(y + 12)}" rx="12" ry="8.5" fill="#1D1207"/>` +
    line(`M84 ${f(y + 32)}q16 14 32 0`, '#1D1207', 4, 'stroke-linecap="round"')
  )
}

export const memphis: Motif = (r, p) =>
  circle(100, 196, 96, p.c) +
  circle(100, 196, 66, p.b, 0.9) +
  circle(100, 196, 38, p.a) +
  group(
    `rotate(${f(r() * 10 - 5)} 100 196)`,
    times(12, i => {
      const a = Math.PI + (i / 11) * Math.PI
      return line(
        `M${f(100 + 112 * Math.cos(a))} ${f(196 + 112 * Math.sin(a))}L${f(100 + 170 * Math.cos(a))} ${f(196 + 170 * Math.sin(a))}`,
        i % 2 ? p.c : p.b,
        9,
        'stroke-linecap="round"',
      )
    }),
  )

export const bubbles: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 10 - 5)} 100 110)`,
    path(
      'M38 40h104a14 14 0 0 1 14 14v44a14 14 0 0 1 -14 14h-70l-24 26v-26h-10a14 14 0 0 1 -14 -14v-44a14 14 0 0 1 14 -14Z',
      '#fff',
    ) +
      `<text x="90" y="93" text-anchor="middle" class="poster-shout" font-size="46" fill="${p.b}">${pick(r, ['HA!', '?!', 'OH', 'LOL', 'HUH'])}</text>` +
      path(
        'M92 128h78a12 12 0 0 1 12 12v28a12 12 0 0 1 -12 12h-8v20l-20 -20h-50a12 12 0 0 1 -12 -12v-28a12 12 0 0 1 12 -12Z',
        p.ink,
      ) +
      circle(112, 154, 6, p.a) +
      circle(131, 154, 6, p.a) +
      circle(150, 154, 6, p.a),
  )

export const banana: Motif = (r, p) =>
  circle(100, 110, 80, p.b, 0.25) +
  group(
    `rotate(${f(r() * 40 - 20)} 100 112)`,
    path('M42 70c0 70 46 104 112 92c6 -1 8 -8 3 -11c-44 -14 -76 -40 -88 -88l-2 -16h-12Z', '#FFF3A8') +
      path('M42 70c0 70 46 104 112 92c-50 -4 -88 -36 -97 -94Z', '#F0B81A') +
      path('M54 46h14l1 18h-14Z', '#5A3A12') +
      circle(156, 156, 5, '#5A3A12'),
  )
