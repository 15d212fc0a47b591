import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { asPerson, expect, filmPath, final, picks, test } from './fixtures'

const dist = join(import.meta.dirname, '..', 'dist')
const pages = ['/', '/browse', 'film', '/history', '/taste', '/welcome', '/pipeline', '/nowhere', '/sign-in']

const settled = async (page: Page, path: string) => {
  await page.goto(path === 'film' ? await filmPath(new URL(page.url()).origin) : path) // never the first page
  await expect(page.locator('main h1, main h2').first()).toBeVisible()
  if (path === '/') await final(page)
}

async function violations(page: Page) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze()
  return violations.map(
    v =>
      `${v.id}: ${v.nodes
        .slice(0, 3)
        .map(n => n.target.join(' '))
        .join(' | ')}`,
  )
}

for (const theme of ['dark', 'light'])
  test(`axe finds nothing on any page, ${theme}`, async ({ page, baseURL }) => {
    test.setTimeout(300_000)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.addInitScript(value => localStorage.setItem('webflix.theme', value), theme)
    await asPerson(page, baseURL!, 1)
    for (const path of pages) {
      await settled(page, path)
      expect.soft(await violations(page), path).toEqual([])
    }
    await settled(page, '/')
    await picks(page).nth(1).locator('.card-link').click()
    await expect(page.getByRole('dialog').locator('.why tfoot')).toBeVisible()
    expect.soft(await violations(page), 'dialog').toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.person-button').click()
    expect.soft(await violations(page), 'menu').toEqual([])
  })

test('axe finds nothing at the door', async ({ page }) => {
  await settled(page, '/sign-in')
  expect(await violations(page)).toEqual([])
})

for (const [name, width] of [
  ['phone', 360],
  ['tablet', 768],
  ['desktop at 200 %', 720],
] as const)
  test(`nothing overflows: ${name}`, async ({ browser, baseURL }) => {
    test.setTimeout(60_000)
    const page = await (
      await browser.newContext({
        baseURL,
        viewport: { width, height: 800 },
        isMobile: width < 500,
        hasTouch: width < 500,
      })
    ).newPage()
    await asPerson(page, baseURL!, 1)
    for (const path of pages) {
      await settled(page, path)
      expect
        .soft(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path)
        .toBeLessThanOrEqual(0)
    }
    await page.context().close()
  })

test('targets are large enough for a thumb', async ({ browser, baseURL }) => {
  const page = await (
    await browser.newContext({ baseURL, viewport: { width: 360, height: 760 }, isMobile: true, hasTouch: true })
  ).newPage()
  await asPerson(page, baseURL!, 1)
  await settled(page, '/')
  const small = await page
    .locator('.tabbar a, .button, .person-button, .search, .logo')
    .evaluateAll(elements =>
      elements
        .filter(e => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 43.5)
        .map(e => e.outerHTML.slice(0, 90)),
    )
  expect(small).toEqual([])
  await page.context().close()
})

test('the app stays within its budgets of bytes', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const sum = (pattern: RegExp) =>
    [...html.matchAll(pattern)].reduce(
      (n, [, file]) => n + gzipSync(readFileSync(join(dist, file!)), { level: 9 }).length,
      0,
    )
  const js = sum(/(?:src|href)="\.\/([^"]+\.js)"/g)
  const css = sum(/href="\.\/([^"]+\.css)"/g)
  const fonts = readdirSync(join(dist, 'assets'))
    .filter(f => f.endsWith('.woff2'))
    .reduce((n, f) => n + readFileSync(join(dist, 'assets', f)).length, 0)
  console.log(
    `initial JS ${(js / 1000).toFixed(1)} kB, CSS ${(css / 1000).toFixed(1)} kB (gzip), fonts ${(fonts / 1000).toFixed(1)} kB`,
  )
  expect(js).toBeLessThanOrEqual(130_000)
  expect(css).toBeLessThanOrEqual(15_000)
  expect(fonts).toBeLessThanOrEqual(130_000)
})
