import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { styleOf } from '../parts/criterion'
import { t } from '../strings'
import type { Scene } from './frames'
import { type Lane, type Layout, layoutOf, type Point, slotX } from './layout'
import { Playback, type Speed } from './playback'
import { Stage, type Token } from './stage'
import { faceOf, outlines } from './token'

interface Props {
  scene?: Scene
  speed: Speed
  emoji: boolean
  lanes: readonly { criterion: string; workers: number }[]
  onSkipped: (requests: ReadonlySet<string>) => void
}

/** The live picture. React draws what stands still; the tokens are moved sixty times a second past it. */
export function Picture({ scene, speed, emoji, lanes, onSkipped }: Props) {
  const root = useRef<SVGSVGElement>(null)
  const width = useWidth(root)
  const layout = useMemo(() => layoutOf(lanes, width), [lanes, width])
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
    let frame = 0
    const loop = (now: number) => {
      const ms = Math.max(0, Math.min(50, now - last))
      last = now
      for (const happening of playback.advance(ms)) stage.play(happening)
      if (playback.speed !== 'paused') stage.step(ms)
      painter.paint(stage, layout)
      if (playback.skipped !== skipped) {
        skipped = playback.skipped
        onSkipped(playback.left)
      }
      frame = requestAnimationFrame(loop)
    }
    const stop = whileOnScreen(root.current!, on => {
      cancelAnimationFrame(frame)
      if (on) frame = requestAnimationFrame(loop)
    })
    return () => {
      stop()
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
      <Names layout={layout} />
    </svg>
  )
}

/** Says when an element comes on screen and when it goes: nothing has to move where nobody looks. */
function whileOnScreen(element: Element, change: (on: boolean) => void): () => void {
  if (typeof IntersectionObserver === 'undefined') {
    change(true)
    return () => undefined
  }
  const watcher = new IntersectionObserver(entries => change(entries.at(-1)!.isIntersecting))
  watcher.observe(element)
  return () => watcher.disconnect()
}

/** How wide the picture is on screen. It changes in steps, so that a window being drawn larger does not draw it anew each time. */
function useWidth(ref: RefObject<Element | null>): number | undefined {
  const [width, setWidth] = useState<number>()
  useLayoutEffect(() => {
    const element = ref.current
    if (!element || typeof ResizeObserver === 'undefined') return
    const measure = () => setWidth(Math.floor(element.clientWidth / 20) * 20 || undefined)
    measure()
    const watcher = new ResizeObserver(measure)
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [ref])
  return width
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
    if (this.frames++ % 6 === 0) for (const lane of layout.lanes) this.count(stage, lane)
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

  private count(stage: Stage, { criterion, slots }: Lane) {
    const more = stage.waiting(criterion) - slots
    const text = this.root.querySelector(`[data-count="${CSS.escape(criterion)}"]`)
    if (text) text.textContent = more > 0 ? `+${more}` : ''
    const busy = stage.busy(criterion)
    for (const worker of this.root.querySelectorAll(`[data-worker="${CSS.escape(criterion)}"]`))
      worker.classList.toggle('busy', busy.has(Number(worker.getAttribute('data-slot'))))
  }
}

const wire = ([ax, ay]: Point, [bx, by]: Point, from: number, to: number) =>
  `M${ax + from * Math.sign(bx - ax)} ${ay}L${bx - to * Math.sign(bx - ax)} ${by}`

const line = (way: readonly Point[]) => `M${way.map(([x, y]) => `${x} ${y}`).join('L')}`

/** What lies below the tokens. */
function Fixed({ layout }: { layout: Layout }) {
  const { browsers, api, exchange, merge, result, lanes, tall } = layout
  const heads = tall ? (lanes[0]?.y ?? 0) - 30 : 26
  return (
    <>
      {lanes[0] && (
        <>
          <text x={lanes[0].from + (tall ? 14 : 0)} y={heads} className="dim">
            {t.pipe.queues}
          </text>
          <text x={lanes[0].workers[0]! - 21} y={heads} className="dim">
            {t.pipe.workers}
          </text>
        </>
      )}
      <path
        className="wire"
        d={wire(browsers, api, 40, 40) + wire(api, exchange, 40, 26) + wire(merge, result, 40, 40)}
      />
      <path className="wire back" d={line(layout.back)} />
      <Box
        at={browsers}
        w={tall ? 80 : 92}
        title={t.pipe.browsers}
        sub={t.pipe.browsersSub}
        icon="M-17 -13h34v26h-34ZM-17 -6h34M-13 -9.500h.1M-9 -9.500h.1"
      />
      <Box
        at={api}
        w={tall ? 80 : 92}
        title={t.pipe.api}
        sub={t.pipe.apiSub}
        icon="M-8 -12q-7 0 -7 6q0 6 -4 6q4 0 4 6q0 6 7 6M8 -12q7 0 7 6q0 6 4 6q-4 0 -4 6q0 6 -7 6M-4 0h.1M0 0h.1M4 0h.1"
      />
      <path className="exchange" d={`M${exchange[0]} ${exchange[1] - 26}l26 26 -26 26 -26 -26Z`} />
      <Caption x={exchange[0]} y={exchange[1] + (tall ? 57 : 45)} title={t.pipe.fan} sub={t.pipe.fanSub} />
      {lanes.map(lane => (
        <g key={lane.criterion} className={styleOf(lane.criterion).tone}>
          <path className="lane" d={wayIn(layout, lane)} />
          <rect className="queue" x={lane.from} y={lane.y - 17} width={lane.to - lane.from} height="34" rx="17" />
          <path className="wire dotted" d={`M${lane.to} ${lane.y}H${lane.workers[0]! - 23}`} />
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
          <path className="lane" d={wayOut(layout, lane)} />
        </g>
      ))}
      <Box
        at={merge}
        w={tall ? 80 : 104}
        title={t.pipe.merge}
        sub={t.pipe.mergeSub}
        icon="M-20 -13h8q8 0 8 13q0 13 -8 13h-8M-20 0h34m-7 -6l7 6 -7 6"
      />
      <Box at={result} w={80} title={t.pipe.result} sub={t.pipe.resultSub} icon="M-12 -13h24v26l-12 -7 -12 7Z" />
    </>
  )
}

/** The wire from the exchange to a queue, and the one from its workers to the merge. */
function wayIn({ exchange: [x, y], tall }: Layout, lane: Lane): string {
  const end = lane.from - (tall ? 2 : 8)
  if (tall) return `M${x - 26} ${y}Q14 ${y} 14 ${y + 18}V${lane.y - 14}Q14 ${lane.y} ${end} ${lane.y}`
  return `M${x + 26} ${y}C${x + 62} ${y} ${lane.from - 58} ${lane.y} ${end} ${lane.y}`
}

function wayOut({ merge: [x, y], tall }: Layout, lane: Lane): string {
  const from = lane.workers.at(-1)! + 22
  if (tall) {
    const rail = lane.out[0]![0]
    return `M${from} ${lane.y}Q${rail} ${lane.y} ${rail} ${lane.y + 14}V${y - 54}Q${rail} ${y - 40} ${x + 24} ${y - 38}`
  }
  return `M${from} ${lane.y}C${lane.workers[0]! + 150} ${lane.y} ${x - 110} ${y} ${x - 52} ${y}`
}

/** The names lie above the tokens, which pass beneath them. */
function Names({ layout }: { layout: Layout }) {
  const { lanes, back, api, tall } = layout
  return (
    <>
      {!tall && (
        <g className="back-label">
          <rect x={api[0] - 54} y={back[1]![1] - 12} width="172" height="24" rx="12" />
          <text x={api[0] + 32} y={back[1]![1] + 4}>
            {t.pipe.back}
          </text>
        </g>
      )}
      {lanes.map(lane => (
        <g key={lane.criterion}>
          <text x={lane.name} y={lane.y + 4.5} className="queue-name">
            {styleOf(lane.criterion).name}
          </text>
          <text
            data-count={lane.criterion}
            x={slotX(lane, lane.slots) - 20}
            y={lane.y + 4.5}
            className="dim queue-more"
          />
        </g>
      ))}
    </>
  )
}

function Box({ at: [x, y], w, title, sub, icon }: { at: Point; w: number; title: string; sub: string; icon: string }) {
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
