import type { Browser, Page } from '@playwright/test'
import { asPerson, expect, final, picks, test } from './fixtures'

interface Vitals {
  lcp: number
  cls: number
  inp: number
}
type Watched = typeof globalThis & { vitals: Vitals }

/** Notes in the page what the budgets are about, from its first moment on. */
function watch() {
  const vitals: Vitals = { lcp: 0, cls: 0, inp: 0 }
  Object.assign(globalThis, { vitals })
  const observe = (type: string, note: (entry: PerformanceEntry & Record<string, number>) => void) =>
    new PerformanceObserver(list => (list.getEntries() as never[]).forEach(note)).observe({
      type,
      buffered: true,
      durationThreshold: 16,
    } as PerformanceObserverInit)
  observe('largest-contentful-paint', entry => {
    vitals.lcp = entry.startTime
  })
  observe('layout-shift', entry => {
    if (!entry.hadRecentInput) vitals.cls += entry.value!
  })
  observe('event', entry => {
    if (entry.interactionId) vitals.inp = Math.max(vitals.inp, entry.duration)
  })
}

/**
 * How many times longer the page takes than it needs, because others have its processor: the same work by the clock on the wall
 * and by the thread's own. 1 on a machine of our own.
 */
async function crowding(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const used = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(m => m.name === 'TaskDuration')!.value * 1000
  }
  const before = await used()
  const wall = await page.evaluate(() => {
    const start = performance.now()
    let turns = 0
    for (let x = 1; turns < 60_000_000; turns++) x = (x * 1_664_525 + 1) >>> 0
    return performance.now() - start
  })
  const own = (await used()) - before
  await session.detach()
  return Math.max(1, wall / own)
}

/** A visit as people make it: the ranking, another one, a film opened and closed, a search. */
async function visit(browser: Browser, url: string): Promise<Vitals & { crowd: number }> {
  const page = await (await browser.newContext({ baseURL: url })).newPage()
  await page.addInitScript(watch)
  await asPerson(page, url, 1)
  await page.goto('/')
  await final(page)
  const vitals = () => page.evaluate(() => (globalThis as Watched).vitals)
  const { lcp } = await vitals()
  const early = await crowding(page)
  await page.getByRole('button', { name: 'With seen films' }).click()
  await final(page)
  await picks(page).nth(3).locator('.card-link').click()
  await expect(page.getByRole('dialog').locator('.why tfoot')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.locator('#search').pressSequentially('matrix')
  await expect(page.locator('.grid .card[data-id]').first()).toBeVisible()
  await still(page)
  const { cls, inp } = await vitals()
  const crowd = Math.max(early, await crowding(page))
  await page.context().close()
  return { lcp, cls, inp, crowd }
}

/** Waits until nothing has moved for half a second. */
async function still(page: Page) {
  let last = -1
  await expect
    .poll(
      async () => {
        const before = last
        last = await page.evaluate(() => (globalThis as Watched).vitals.cls)
        return last === before
      },
      { intervals: [500] },
    )
    .toBe(true)
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

// What others do on the machine can only make a visit slower, so the best of five is the closest to what the app itself takes;
// a mistake of ours slows down each of them. What the page had to wait for the processor is not held against it.
test('the home page is fast and does not shift', async ({ browser, baseURL }) => {
  test.setTimeout(180_000)
  const visits: Awaited<ReturnType<typeof visit>>[] = []
  for (let i = 0; i < 5; i++) visits.push(await visit(browser, baseURL!))
  const of = (pick: (v: (typeof visits)[number]) => number) => visits.map(pick)
  console.log(
    `medians of ${visits.length} visits: LCP ${Math.round(median(of(v => v.lcp)))} ms, CLS ${median(of(v => v.cls)).toFixed(4)}, ` +
      `INP ${median(of(v => v.inp))} ms; the processor was shared ${median(of(v => v.crowd)).toFixed(1)} times`,
  )
  expect(Math.max(...of(v => v.cls))).toBeLessThanOrEqual(0.05)
  expect(Math.min(...of(v => v.lcp / v.crowd))).toBeLessThanOrEqual(1500)
  expect(Math.min(...of(v => v.inp / v.crowd))).toBeLessThanOrEqual(200)
})
