import { circle, f, group, line, path, rect, ring, times } from '../shapes'
import type { Motif } from './motif'

export const rays: Motif = (r, p) => {
  const [x, y, n] = [40 + r() * 120, 90 + r() * 50, 9 + 2 * Math.floor(r() * 3)]
  return (
    times(n, i => {
      const a = (i / n) * Math.PI * 2 + r() * 0.1
      const b = a + 0.16 + r() * 0.14
      return path(
        `M${f(x)} ${f(y)}L${f(x + 420 * Math.cos(a))} ${f(y + 420 * Math.sin(a))}L${f(x + 420 * Math.cos(b))} ${f(y + 420 * Math.sin(b))}Z`,
        p.c,
        `opacity="${f(0.16 + r() * 0.22)}"`,
      )
    }) +
    circle(x, y, 34 + r() * 14, p.c, 0.95) +
    path(`M-20 ${f(y + 70)}L220 ${f(y - 20)}L220 ${f(y + 4)}L-20 ${f(y + 96)}Z`, p.b, 'opacity=".85"')
  )
}

export const chevrons: Motif = (r, p) => {
  const d = r() > 0.5 ? 1 : -1
  return times(6, i =>
    path(
      `M${f(100 - d * (110 - i * 34))} 20l${d * 70} 92l${-d * 70} 92h${d * 26}l${d * 70} -92l${-d * 70} -92Z`,
      i % 2 ? p.c : p.a,
      `opacity="${f(0.35 + i * 0.12)}"`,
    ),
  )
}

export const blast: Motif = (r, p) =>
  times(9, i => circle(50 + r() * 100, 70 + r() * 90, 16 + r() * 34, ['#FFF1C9', p.c, p.a, '#FF8A3D'][i % 4]!, 0.85)) +
  times(16, () =>
    line(`M100 116l${f((r() - 0.5) * 260)} ${f((r() - 0.5) * 220)}`, p.c, f(1 + r() * 2), 'opacity=".6"'),
  ) +
  circle(100, 116, 26, '#fff', 0.95)

export const speed: Motif = (r, p) => {
  const side = r() > 0.5 ? 1 : -1
  return group(
    `translate(100 0) scale(${side} 1) translate(-100 0)`,
    times(14, () =>
      rect(r() * 120 - 30, 40 + r() * 150, 50 + r() * 90, 1.5 + r() * 4, p.c, `rx="2" opacity="${f(0.3 + r() * 0.5)}"`),
    ) +
      path('M28 152q6 -24 40 -26l26 -28q42 -8 66 26q26 2 28 28l-6 8h-148Z', p.b) +
      path('M78 124l20 -20h18l2 20ZM124 104q16 4 26 20h-22Z', p.c, 'opacity=".8"') +
      circle(66, 160, 17, '#0B0507') +
      circle(66, 160, 7, p.c) +
      circle(154, 160, 17, '#0B0507') +
      circle(154, 160, 7, p.c),
  )
}

export const lightning: Motif = (r, p) => {
  const x = 90 + r() * 20
  return (
    times(5, i => circle(x, 106, 30 + i * 18, p.c, 0.1)) +
    path(`M${f(x + 24)} 14L${f(x - 46)} 124h36l-22 92L${f(x + 52)} 92h-38Z`, p.c) +
    path(`M${f(x + 24)} 14L${f(x + 14)} 92h38L${f(x - 32)} 216Z`, '#fff', 'opacity=".5"')
  )
}

export const jets: Motif = (r, p) =>
  times(3, i => {
    const [x, y, k] = [50 + i * 50, 70 + Math.abs(i - 1) * 44 + r() * 12, i === 1 ? 1 : 0.72]
    return (
      path(`M${x - 7 * k} ${f(y + 40)}h${f(14 * k)}l${f(10 * k)} 170h${f(-34 * k)}Z`, p.c, 'opacity=".35"') +
      group(
        `translate(${x} ${f(y)}) scale(${k})`,
        path('M0 -44L10 -6L44 22V32L10 24L8 40L18 50V56L0 51L-18 56V50L-8 40L-10 24L-44 32V22L-10 -6Z', p.b) +
          path('M0 -30l4 16h-8Z', p.c),
      )
    )
  })

export const bolted: Motif = (r, p) => {
  const teeth = times(12, i => rect(90, 24, 20, 26, p.c, `rx="3" transform="rotate(${i * 30} 100 112)"`))
  return group(
    `rotate(${f(r() * 30)} 100 112)`,
    teeth +
      circle(100, 112, 68, p.c) +
      circle(100, 112, 44, p.b) +
      path('M100 76l31 18v36l-31 18 -31 -18v-36Z', p.a) +
      circle(100, 112, 15, p.b),
  )
}

export const frames: Motif = (r, p) =>
  times(
    6,
    i =>
      `<rect x="${20 + i * 10}" y="${40 + i * 14}" width="${160 - i * 20}" height="${120 - i * 16}" fill="none" stroke="${p.c}" stroke-width="2" opacity="${f(0.2 + i * 0.14)}"/>`,
  ) + ring(100, 104, 20 + r() * 40, p.c, 1.5, 0.5)

export const dots: Motif = (r, p) =>
  times(5, () => circle(r() * 200, r() * 200, 26 + r() * 46, p.c, f(0.12 + r() * 0.14)))
