import { asPerson, expect, filmPath, final, picks, test } from './fixtures'

const folder = process.env.WEBFLIX_SCREENSHOTS ?? 'screenshots'
const widths = [1440, 768, 360]
const pages = [
  ['home', '/'],
  ['browse', '/browse'],
  ['movie', 'film'],
  ['history', '/history'],
  ['taste', '/taste'],
  ['welcome', '/welcome'],
  ['pipeline', '/pipeline?demo=crowd'],
] as const

/** Writes a picture of every page at three widths, in both themes. */
for (const theme of ['dark', 'light'])
  for (const width of widths)
    test(`${theme} ${width}`, async ({ browser, baseURL }) => {
      const context = await browser.newContext({
        baseURL,
        viewport: { width, height: width < 500 ? 780 : 1180 },
        isMobile: width < 500,
        hasTouch: width < 500,
      })
      const page = await context.newPage()
      await page.addInitScript(value => localStorage.setItem('webflix.theme', value), theme)
      const shoot = (name: string) => page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png` })
      await page.goto('/sign-in')
      await expect(page.locator('.people button').first()).toBeVisible()
      await shoot('door')
      await asPerson(page, baseURL!, 1)
      for (const [name, path] of pages) {
        await page.goto(path === 'film' ? await filmPath(baseURL!) : path)
        if (name === 'home') await final(page)
        await page.waitForTimeout(name === 'pipeline' ? 4500 : 1500)
        await shoot(name)
      }
      await page.getByRole('link', { name: 'Waterfall' }).first().click()
      await expect(page.locator('.fall-bars .work').first()).toBeAttached()
      await shoot('trail')
      await page.goto('/')
      await final(page)
      await picks(page).nth(1).locator('.card-link').click()
      await expect(page.getByRole('dialog').locator('.why tfoot')).toBeVisible()
      await page.waitForTimeout(1500) // posters are drawn once they are in view
      await shoot('why')
      await context.close()
    })
