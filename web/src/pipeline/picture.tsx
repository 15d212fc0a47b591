import { useEffect, useMemo, useRef } from 'react'
import { styleOf } from '../parts/criterion'
import { t } from '../strings'
import type { Scene } from './frames'
import { at, type Layout, layoutOf } from './layout'
import { Playback, type Speed } from './playback'
import { Stage, type Token } from './stage'
import { faceOf, outlines } from './token'

interface Props {
  scene?: Scene
  speed: Speed
  emoji: boolean
  lanes: readonly { criterion: string; workers: number }[]
  onSkipped: (n: number) => void
}

/** The live picture. React draws what stands still; the tokens are moved sixty times a second past it. */
export function Picture({ scene, speed, emoji, lanes, onSkipped }: Props) {
  const layout = useMemo(() => layoutOf(lanes), [lanes])
  const root = useRef<SVGSVGElement>(null)
  const tokens = useRef<SVGGElement>(null)
  const machine = useRef<{ playback: Playback; stage: Stage }>(undefined)
  machine.current ??= { playback: new Playback(), stage: new Stage(layout) }
  const { playback, stage } = machine.current
  playback.speed = speed

  useEffect(() => stage.relay(layout), [stage, layout])
  useEffect(() => {
    if (scene)
      playback.feed(
        Date.parse(scene.frame.at),
        scene.frame.trails.map(trail => scene.trails.get(trail.requestId) ?? trail),
      )
  }, [playback, scene])
  useEffect(() => {
    const painter = new Painter(tokens.current!, root.current!, emoji)
    let last = performance.now()
    let skipped = 0
    let frame = requestAnimationFrame(function loop(now) {
      const ms = Math.max(0, Math.min(50, now - last))
      last = now
      for (const happening of playback.advance(ms)) stage.play(happening)
      if (playback.speed !== 'paused') stage.step(ms)
      painter.paint(stage, layout)
      if (playback.skipped !== skipped) {
        skipped = playback.skipped
        onSkipped(skipped)
      }
      frame = requestAnimationFrame(loop)
    })
    return () => {
      cancelAnimationFrame(frame)
      painter.clear()
    }
  }, [playback, stage, layout, emoji, onSkipped])

  return (
    <svg
      ref={root}
      className="flow"
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="img"
      aria-label={t.pipe.picture}
    >
      <Fixed layout={layout} />
      <g ref={tokens} />
    </svg>
  )
}

/** Moves the tokens' elements, one for each token. */
class Painter {
  private readonly elements = new Map<number, SVGGElement>()
  private readonly parent: SVGGElement
  private readonly root: SVGSVGElement
  private readonly emoji: boolean
  private frames = 0
  constructor(parent: SVGGElement, root: SVGSVGElement, emoji: boolean) {
    this.parent = parent
    this.root = root
    this.emoji = emoji
  }

  paint(stage: Stage, layout: Layout): void {
    const live = new Set<number>()
    for (const token of stage.tokens) {
      live.add(token.key)
      const element = this.elements.get(token.key) ?? this.add(token)
      element.setAttribute(
        'transform',
        `translate(${token.x.toFixed(1)} ${token.y.toFixed(1)})${token.small ? ' scale(.62)' : ''}`,
      )
      if (token.grey) element.setAttribute('class', 'token grey')
    }
    for (const [key, element] of this.elements)
      if (!live.has(key)) {
        element.remove()
        this.elements.delete(key)
      }
    if (this.frames++ % 6 === 0) for (const lane of layout.lanes) this.count(stage, lane.criterion)
  }

  clear(): void {
    for (const element of this.elements.values()) element.remove()
    this.elements.clear()
  }

  private add(token: Token): SVGGElement {
    const element = document.createElementNS('http://www.w3.org/2000/svg', 'g')
    element.setAttribute('class', token.mine ? 'token mine' : 'token')
    const face = faceOf(token.request)
    element.innerHTML = this.emoji
      ? `<circle r="13.500"/><text y="5.800" class="token-emoji">${face.emoji}</text>`
      : `<path d="${outlines[face.shape]}"/><text y="${face.shape === 3 ? 7 : 4.5}" class="token-letter">${face.letter}</text>`
    this.parent.append(element)
    this.elements.set(token.key, element)
    return element
  }

  private count(stage: Stage, criterion: string) {
    const waiting = stage.waiting(criterion)
    const text = this.root.querySelector(`[data-count="${CSS.escape(criterion)}"]`)
    if (text) text.textContent = waiting > 6 ? `+${waiting - 6}` : ''
    const busy = stage.busy(criterion)
    for (const worker of this.root.querySelectorAll(`[data-worker="${CSS.escape(criterion)}"]`))
      worker.classList.toggle('busy', busy.has(Number(worker.getAttribute('data-slot'))))
  }
}

function Fixed({ layout }: { layout: Layout }) {
  const { middle: y, back, lanes } = layout
  return (
    <>
      <text x={at.queueFrom} y="26" className="dim">
        {t.pipe.queues}
      </text>
      <text x={at.worker - 21} y="26" className="dim">
        {t.pipe.workers}
      </text>
      <path
        className="wire"
        d={`M${at.browsers + 46} ${y}H${at.api - 46}M${at.api + 46} ${y}H${at.exchange - 26}M${at.merge + 52} ${y}H${at.result - 40}`}
      />
      <path className="wire back" d={`M${at.merge} ${y + 82}V${back}H${at.browsers}V${y + 82}`} />
      <g className="back-label">
        <rect x={at.api - 54} y={back - 12} width="172" height="24" rx="12" />
        <text x={at.api + 32} y={back + 4}>
          {t.pipe.back}
        </text>
      </g>
      <Box
        x={at.browsers}
        y={y}
        w={92}
        title={t.pipe.browsers}
        sub={t.pipe.browsersSub}
        icon="M-17 -13h34v26h-34ZM-17 -6h34M-13 -9.500h.1M-9 -9.500h.1"
      />
      <Box
        x={at.api}
        y={y}
        w={92}
        title={t.pipe.api}
        sub={t.pipe.apiSub}
        icon="M-8 -12q-7 0 -7 6q0 6 -4 6q4 0 4 6q0 6 7 6M8 -12q7 0 7 6q0 6 4 6q-4 0 -4 6q0 6 -7 6M-4 0h.1M0 0h.1M4 0h.1"
      />
      <path className="exchange" d={`M${at.exchange} ${y - 26}l26 26 -26 26 -26 -26Z`} />
      <Caption x={at.exchange} y={y + 45} title={t.pipe.fan} sub={t.pipe.fanSub} />
      {lanes.map(lane => (
        <g key={lane.criterion} className={styleOf(lane.criterion).tone}>
          <path
            className="lane"
            d={`M${at.exchange + 26} ${y}C${at.exchange + 62} ${y} ${at.queueFrom - 58} ${lane.y} ${at.queueFrom - 8} ${lane.y}`}
          />
          <rect
            className="queue"
            x={at.queueFrom}
            y={lane.y - 17}
            width={at.queueTo - at.queueFrom}
            height="34"
            rx="17"
          />
          <text x={at.queueFrom + 16} y={lane.y + 4.5} className="queue-name">
            {styleOf(lane.criterion).name}
          </text>
          <text data-count={lane.criterion} x={at.queueFrom + 150} y={lane.y + 4.5} className="dim" textAnchor="end" />
          <path className="wire dotted" d={`M${at.queueTo} ${lane.y}H${at.worker - 23}`} />
          {lane.workers.map((x, i) => (
            <rect
              key={x}
              className="worker"
              data-worker={lane.criterion}
              data-slot={i}
              x={x - 20}
              y={lane.y - 18}
              width="40"
              height="36"
              rx="10"
            />
          ))}
          <path
            className="lane"
            d={`M${lane.workers.at(-1)! + 22} ${lane.y}C${at.worker + 150} ${lane.y} ${at.merge - 110} ${y} ${at.merge - 52} ${y}`}
          />
        </g>
      ))}
      <Box
        x={at.merge}
        y={y}
        w={104}
        title={t.pipe.merge}
        sub={t.pipe.mergeSub}
        icon="M-20 -13h8q8 0 8 13q0 13 -8 13h-8M-20 0h34m-7 -6l7 6 -7 6"
      />
      <Box
        x={at.result}
        y={y}
        w={80}
        title={t.pipe.result}
        sub={t.pipe.resultSub}
        icon="M-12 -13h24v26l-12 -7 -12 7Z"
      />
    </>
  )
}

function Box({
  x,
  y,
  w,
  title,
  sub,
  icon,
}: {
  x: number
  y: number
  w: number
  title: string
  sub: string
  icon: string
}) {
  return (
    <>
      <rect className="box" x={x - w / 2} y={y - 38} width={w} height="76" rx="14" />
      <path className="box-icon" transform={`translate(${x} ${y})`} d={icon} />
      <Caption x={x} y={y + 57} title={title} sub={sub} />
    </>
  )
}

function Caption({ x, y, title, sub }: { x: number; y: number; title: string; sub: string }) {
  return (
    <>
      <text x={x} y={y} className="caption">
        {title}
      </text>
      <text x={x} y={y + 16} className="caption-sub">
        {sub}
      </text>
    </>
  )
}
