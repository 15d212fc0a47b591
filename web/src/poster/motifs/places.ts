import { circle, f, group, line, path, rect, ridge, stars, times } from '../shapes'
import type { Motif } from './motif'

export const ridges: Motif = (r, p) =>
  circle(50 + r() * 100, 96 + r() * 24, 36 + r() * 12, p.c, 0.95) +
  ridge(r, 158, 26, 6, p.b, 0.35) +
  ridge(r, 184, 22, 7, p.b, 0.6) +
  ridge(r, 216, 14, 8, p.b, 0.95)

export const compass: Motif = (r, p) =>
  circle(100, 108, 70, p.b, 0.5) +
  `<circle cx="100" cy="108" r="62" fill="none" stroke="${p.c}" stroke-width="2.5"/>` +
  group(
    `rotate(${f(r() * 60 - 30)} 100 108)`,
    path('M100 42L112 108H88Z', p.c) +
      path('M100 174L112 108H88Z', p.ink, 'opacity=".45"') +
      path('M38 108L100 100V116ZM162 108L100 100V116Z', p.ink, 'opacity=".25"'),
  ) +
  circle(100, 108, 6, p.b)

export const waves: Motif = (r, p) =>
  circle(130 - r() * 60, 80, 30, p.c, 0.95) +
  times(6, i => {
    const y = 128 + i * 18
    const a = 6 + r() * 6
    const wave = path(
      `M-40 ${y}q20 -${f(a * 2)} 40 0t40 0t40 0t40 0t40 0t40 0V300H-40Z`,
      p.b,
      `transform="translate(${f(r() * 36)} 0)" opacity="${f(0.35 + i * 0.12)}"`,
    )
    return i === 1
      ? wave + path(`M84 ${y + 4}h40l-7 14h-26ZM102 ${y}v-44l24 36h-24M99 ${y}v-34l-16 28h16`, p.ink)
      : wave
  })

export const airBalloon: Motif = (r, p) => {
  const x = 70 + r() * 60
  return (
    path(`M${f(x)} 38a48 48 0 0 1 48 50c0 30 -30 48 -38 66h-20c-8 -18 -38 -36 -38 -66a48 48 0 0 1 48 -50Z`, p.c) +
    path(`M${f(x)} 38q-22 20 -22 52q0 34 14 64h16q14 -30 14 -64q0 -32 -22 -52Z`, '#E4572E', 'opacity=".85"') +
    line(`M${f(x - 9)} 154l2 14M${f(x + 9)} 154l-2 14`, p.ink, 1.6) +
    rect(x - 9, 168, 18, 13, p.b, 'rx="3"') +
    `<ellipse cx="30" cy="150" rx="34" ry="9" fill="#fff" opacity=".35"/><ellipse cx="176" cy="96" rx="30" ry="8" fill="#fff" opacity=".3"/>` +
    ridge(r, 214, 14, 6, p.b, 0.9)
  )
}

export const pyramids: Motif = (r, p) => {
  const x = 60 + r() * 40
  return (
    circle(150 - r() * 30, 74, 28, p.c) +
    path(`M${f(x)} 98L${f(x + 92)} 214H${f(x - 92)}Z`, p.b, 'opacity=".75"') +
    path(`M${f(x)} 98L${f(x + 92)} 214H${f(x + 20)}Z`, '#000', 'opacity=".25"') +
    path(`M${f(x + 84)} 140l62 74H${f(x + 22)}Z`, p.b) +
    path('M0 206q60 -14 110 0t90 -4v98H0Z', p.b)
  )
}

export const treasureMap: Motif = r =>
  group(
    `rotate(${f(r() * 12 - 6)} 100 116)`,
    path('M26 54l46 -14 56 14 46 -14v134l-46 14 -56 -14 -46 14Z', '#F3DDA6') +
      path('M72 40v134l56 14v-134Z', '#D9B56C', 'opacity=".45"') +
      line(
        `M44 150c20 -30 40 10 60 -24s${f(10 + r() * 14)} -34 34 -36`,
        '#8A3B1C',
        4,
        'stroke-dasharray="7 7" stroke-linecap="round"',
      ) +
      line('M138 78l22 22M160 78l-22 22', '#C8281E', 7, 'stroke-linecap="round"'),
  )

export const castle: Motif = (r, p) => {
  const x = 70 + r() * 60
  const y = 84 + r() * 20
  return (
    stars(r, 46, p.c) +
    circle(x, y, 44, p.c, 0.95) +
    circle(x + 17, y - 9, 38, p.a) +
    ridge(r, 206, 18, 9, p.b, 0.7) +
    path(
      'M92 214V164l-5 -2 13 -26 13 26 -5 2V186h12v-26l-4 -2 10 -20 10 20 -4 2V230H66V176l-4 -2 10 -20 10 20 -4 2v38Z',
      p.b,
    ) +
    ridge(r, 228, 8, 12, p.b)
  )
}

export const portal: Motif = (r, p) =>
  stars(r, 40, p.c) +
  ridge(r, 150, 60, 4, p.b, 0.5) +
  ridge(r, 190, 34, 5, p.b, 0.85) +
  path('M76 232V150a24 24 0 0 1 48 0V232Z', p.c, 'opacity=".95"') +
  path('M84 232V152a16 16 0 0 1 32 0V232Z', '#fff', 'opacity=".75"') +
  circle(152, 58, 18, p.c, 0.9)

export const crystals: Motif = (r, p) =>
  stars(r, 36, p.c) +
  circle(100, 130, 80, p.c, 0.14) +
  times(6, i => {
    const x = 40 + i * 24
    const h = 60 + r() * 80
    const w = 11 + r() * 7
    return (
      path(
        `M${f(x)} 236l${f(-w)} ${f(-h * 0.7)}l${f(w)} ${f(-h * 0.3)}l${f(w)} ${f(h * 0.3)}Z`,
        i % 2 ? p.c : '#fff',
        `opacity="${f(0.55 + r() * 0.4)}"`,
      ) + path(`M${f(x)} 236v${f(-h)}l${f(w)} ${f(h * 0.3)}Z`, p.b, 'opacity=".25"')
    )
  }) +
  ridge(r, 226, 6, 10, p.b)

export const floatingIsles: Motif = (r, p) =>
  stars(r, 30, p.c) +
  circle(146, 62, 24, p.c, 0.9) +
  [
    [70, 116, 1],
    [140, 158, 0.62],
    [40, 190, 0.5],
  ]
    .map(([x, y, k]) =>
      group(
        `translate(${f(x! + r() * 16 - 8)} ${y}) scale(${k})`,
        path('M-50 0q50 -22 100 0q-10 34 -30 44l-16 30 -14 -26q-32 -14 -40 -48Z', p.b) +
          path('M-50 0q50 -22 100 0q-50 18 -100 0Z', p.c) +
          path('M-8 -8v-34l14 -18 14 18v34Z', p.ink, 'opacity=".9"') +
          rect(2, -30, 7, 12, p.a),
      ),
    )
    .join('')

export const sword: Motif = (r, p) =>
  stars(r, 34, p.c) +
  times(3, i => circle(100, 96, 40 + i * 22, p.c, 0.12)) +
  group(
    `rotate(${f(r() * 12 - 6)} 100 200)`,
    path('M93 84h14v122l-7 14 -7 -14Z', '#F1F4FF') +
      path('M100 84h7v122l-7 14Z', '#B9C3E6') +
      rect(66, 76, 68, 10, p.c, 'rx="5"') +
      rect(95, 36, 10, 42, '#6B3B1C', 'rx="4"') +
      circle(100, 32, 9, p.c),
  ) +
  path('M40 236q20 -46 60 -44t60 44Z', p.b)

export const glowTree: Motif = (r, p) =>
  stars(r, 40, p.c) +
  times(16, () => circle(100 + (r() - 0.5) * 130, 92 + (r() - 0.5) * 90, 12 + r() * 20, p.c, 0.3)) +
  path('M92 240q6 -60 2 -96l-22 -26 6 -4 18 18v-34h8v40l20 -22 6 5 -24 32q-4 40 4 87Z', p.b) +
  ridge(r, 226, 6, 8, p.b)

export const mesas: Motif = (r, p) => {
  const x = 60 + r() * 80
  const at = x > 100 ? 34 : 160
  return (
    circle(x, 126, 54, p.c, 0.95) +
    path('M0 178h22l6 -40h34l5 40h30l4 -18h24l6 18h20l5 -52h30l6 52h8v130H0Z', p.b, 'opacity=".55"') +
    path('M0 204Q60 190 120 204T200 200V300H0Z', p.b) +
    line(`M${at} 214v-44m0 22h-12v-14m12 8h12v-18`, p.b, 7, 'stroke-linecap="round" stroke-linejoin="round"')
  )
}

export const sheriff: Motif = (r, p) => {
  const points = times(5, i => {
    const at = (k: number, q: number) =>
      `${f(100 + Math.sin(((i + k) / 5) * 6.2832) * q)} ${f(112 - Math.cos(((i + k) / 5) * 6.2832) * q)}`
    return `${i ? 'L' : 'M'}${at(0, 72)}L${at(0.5, 32)}`
  })
  const balls = times(5, i =>
    circle(100 + Math.sin((i / 5) * 6.2832) * 74, 112 - Math.cos((i / 5) * 6.2832) * 74, 8, p.c),
  )
  return group(
    `rotate(${f(r() * 30 - 15)} 100 112)`,
    path(`${points}Z`, p.c) + balls + `<circle cx="100" cy="112" r="22" fill="none" stroke="${p.b}" stroke-width="4"/>`,
  )
}

export const railway: Motif = (r, p) =>
  circle(70 + r() * 60, 108, 44, p.c, 0.95) +
  ridge(r, 150, 8, 5, p.b, 0.5) +
  rect(0, 152, 200, 148, p.b, 'opacity=".85"') +
  line('M97 152L40 300M103 152L160 300', p.c, 3.5) +
  times(9, i =>
    line(
      `M${f(96 - i * i * 0.75)} ${f(156 + i * i * 1.7)}h${f(8 + i * i * 1.5)}`,
      p.c,
      f(1 + i * 0.45),
      'opacity=".8"',
    ),
  )

export const wagonWheel: Motif = (r, p) =>
  group(
    `rotate(${f(r() * 45)} 100 112)`,
    `<circle cx="100" cy="112" r="70" fill="none" stroke="${p.c}" stroke-width="11"/>` +
      times(8, i => line('M100 112V46', p.c, 7, `transform="rotate(${i * 45} 100 112)"`)) +
      circle(100, 112, 17, p.c) +
      circle(100, 112, 7, p.b),
  )

export const horseshoe: Motif = (r, p) =>
  circle(100, 112, 82, p.b, 0.35) +
  group(
    `rotate(${f(r() * 36 - 18)} 100 112)`,
    line('M66 176C40 120 50 52 100 52S160 120 134 176', p.c, 20, 'stroke-linecap="round"') +
      times(7, i => circle(100 + Math.sin(-2 + i * 0.667) * 48, 112 - Math.cos(-2 + i * 0.667) * 56, 3.4, p.b)),
  )

export const cactus: Motif = (r, p) => {
  const x = 84 + r() * 32
  return (
    circle(x + 34, 96, 40, p.c, 0.95) +
    line(
      `M${f(x)} 230V92M${f(x)} 176h-34v-40M${f(x)} 156h32v-44`,
      '#2E4A26',
      22,
      'stroke-linecap="round" stroke-linejoin="round"',
    ) +
    line(
      `M${f(x)} 222V92M${f(x - 34)} 170v-32M${f(x + 32)} 150v-36`,
      '#6E9A4E',
      2,
      'stroke-dasharray="5 8" opacity=".8"',
    ) +
    ridge(r, 214, 6, 5, p.b)
  )
}
