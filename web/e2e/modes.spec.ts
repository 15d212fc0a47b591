import { asNewcomer, asPerson, expect, final, idsOf, picks, pretending, test } from './fixtures'

test('below a base path', async ({ page, webflix }) => {
  test.setTimeout(90_000)
  await webflix.kill('SIGTERM')
  await webflix.start('/films')
  try {
    await asPerson(page, `${webflix.url}/films`, 1)
    await page.goto('/films/')
    await final(page)
    await picks(page).nth(1).locator('.card-link').click()
    await expect(page.getByRole('dialog').locator('.why tfoot')).toBeVisible()
    await expect(page).toHaveURL(/\/films\/movie\/\d+$/)
    await page.reload()
    await expect(page.getByRole('dialog').getByRole('heading', { level: 1 })).not.toBeEmpty()
    await page.keyboard.press('Escape')
    await expect(page).toHaveURL(/\/films\/$/)
    await page.getByRole('link', { name: 'Browse', exact: true }).first().click()
    await expect(page).toHaveURL(/\/films\/browse$/)
    await expect(page.locator('.grid .card[data-id]').first()).toBeVisible()
    expect((await page.request.get('/browse')).status()).toBe(404)
  } finally {
    await webflix.kill('SIGTERM')
    await webflix.start()
  }
})

test('without a connection: the app opens, shows the last ranking, and goes on when it is back', async ({
  page,
  baseURL,
}) => {
  await asPerson(page, baseURL!, 1)
  await page.goto('/')
  await final(page)
  const before = await idsOf(page)
  await page.waitForFunction(async () => {
    await navigator.serviceWorker.ready
    return (await caches.match('/')) !== undefined && navigator.serviceWorker.controller !== null
  })
  await page.reload() // its files are kept as they are used
  await final(page)
  await page.context().setOffline(true)
  await page.reload()
  await expect(page.locator('.offline-note')).toContainText('No connection')
  await expect(page.locator('.rank-notes')).toContainText('your ranking of last time')
  expect(await idsOf(page)).toEqual(before)
  await picks(page).nth(2).locator('.card-link').focus()
  await page.keyboard.press('w')
  await expect(page.locator('.toast')).toContainText('You are offline')
  await page.context().setOffline(false)
  await expect(page.locator('.offline-note')).toBeHidden({ timeout: 20_000 })
  await final(page)
  expect(await idsOf(page)).toEqual(before)
})

test('loading, an error, and the way on', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 2)
  let broken = true
  await page.route('**/graphql', async route => {
    if (!broken || !route.request().postData()?.includes('query Movies')) return route.continue()
    await new Promise(done => setTimeout(done, 400))
    await route.fulfill({ status: 200, json: { errors: [{ message: 'The catalogue is being moved.' }] } })
  })
  await page.goto('/browse')
  await expect(page.locator('.grid[aria-busy="true"] .skeleton').first()).toBeVisible()
  await expect(page.getByRole('alert')).toContainText('The catalogue is being moved.')
  broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator('.grid .card[data-id]').first()).toBeVisible()
  await page.goto('/browse?q=zzzzqqqq')
  await expect(page.getByText('No film fits.')).toBeVisible()
})

test('after an upgrade, an open page is loaded anew once; what is still missing is told', async ({
  browser,
  baseURL,
}) => {
  const page = await (await browser.newContext({ baseURL, serviceWorkers: 'block' })).newPage()
  await asPerson(page, baseURL!, 1)
  let gone = true
  let asked = 0
  await page.route(/assets\/(browse|history)-.*\.js/, route => {
    if (!gone) return route.continue()
    asked++
    return route.fulfill({ status: 404, body: 'not found' })
  })
  let loads = 0
  page.on('load', () => loads++)
  await page.goto('/')
  await final(page)
  await page.getByRole('link', { name: 'Browse', exact: true }).first().click()
  await expect(page.getByRole('alert')).toContainText('This page could not be loaded.')
  await expect(page).toHaveURL(/\/browse$/)
  expect(loads).toBe(2)
  await page.getByRole('link', { name: 'History', exact: true }).first().click()
  await expect.poll(() => asked).toBeGreaterThan(2)
  await expect(page.getByRole('alert')).toContainText('This page could not be loaded.')
  expect(loads).toBe(2)
  gone = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'History', level: 1 })).toBeVisible()
  await page.context().close()
})

test('a page that was never visited says so without a connection, and the others go on', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 1)
  await page.goto('/')
  await final(page)
  await page.context().setOffline(true)
  await page.getByRole('link', { name: 'Taste', exact: true }).first().click()
  await expect(page.getByRole('alert')).toContainText('There is no connection to Webflix.')
  await page.getByRole('button', { name: 'Try again' }).click() // nothing happens: the page would be lost
  await page.getByRole('link', { name: 'Go to the start' }).click()
  await expect(picks(page).first()).toBeVisible()
  await page.context().setOffline(false)
  await expect(page.locator('.link-state')).toHaveText('Live', { timeout: 20_000 })
  await page.getByRole('link', { name: 'Taste', exact: true }).first().click()
  await expect(page.getByRole('heading', { name: 'Your taste' })).toBeVisible()
})

test('in forced colours, what is chosen and what counts how much stays visible', async ({ browser, baseURL }) => {
  const page = await (await browser.newContext({ baseURL, forcedColors: 'active' })).newPage()
  await asPerson(page, baseURL!, 1)
  await page.goto('/')
  await final(page)
  const colour = (selector: string, property: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((e, p) => getComputedStyle(e).getPropertyValue(p), property)
  expect(await colour('nav.main a[aria-current]', 'outline-style')).toBe('solid')
  expect(await colour('.reasons .bar i', 'background-color')).toBe('rgb(197, 155, 255)')
  const chip = page.getByRole('button', { name: 'With seen films' })
  const background = () => chip.evaluate(e => getComputedStyle(e).backgroundColor)
  const off = await background()
  await chip.click()
  await expect.poll(background).not.toBe(off)
  await page.context().close()
})

test('with reduced motion, nothing glides', async ({ browser }) => {
  await pretending({}, async url => {
    const page = await (await browser.newContext({ baseURL: url, reducedMotion: 'reduce' })).newPage()
    await page.addInitScript(() => {
      const animate = Element.prototype.animate
      Object.assign(window, { glides: 0 })
      Element.prototype.animate = function (...args) {
        ;(window as unknown as { glides: number }).glides++
        return animate.apply(this, args)
      }
    })
    await asPerson(page, url, 1)
    await page.goto('/')
    await final(page)
    expect(await page.evaluate(() => (window as unknown as { glides: number }).glides)).toBe(0)
    await page.context().close()
  })
})

test('what a screen reader finds', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Ruth')
  await page.goto('/')
  await final(page)
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "Skip to content"
    - banner:
      - link "webflix"
      - navigation "Main":
        - link "Home"
        - link "Browse"
      - search:
        - searchbox "Search films"
      - status: Live
      - button "Ruth, menu"
    - main:
      - region /.+/:
        - heading [level=1]
        - list "Why this is recommended"
        - button "I’ve seen it"
        - link "Details"
      - region "Ranking progress":
        - list "Criteria"
      - region "Recommended for you":
        - heading "Recommended for you" [level=2]
        - button "With seen films"
        - list:
          - listitem:
            - link /^Number 1. .+, 100 % match/
    - contentinfo:
      - button "Keyboard shortcuts"
  `)
  await picks(page).first().locator('.card-link').click()
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "About this film":
      - button "Close"
      - article:
        - heading [level=1]
        - button "I’ve seen it"
        - group "Your rating":
          - radio "1 star"
        - region "Why this was recommended":
          - table:
            - rowgroup:
              - row:
                - rowheader
            - rowgroup:
              - row /^Match .+ 100 %/
  `)
})

test('what a screen reader finds on the other pages', async ({ page, baseURL }) => {
  test.setTimeout(60_000)
  await asPerson(page, baseURL!, 1)
  const main = page.getByRole('main')
  await page.goto('/browse?genre=Horror')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "Browse" [level=1]
      - status: /\\d+ films/
      - region "Filters":
        - group /Genres/:
          - button /^Horror ?, included/ [pressed]
        - spinbutton "From year"
        - spinbutton "To year"
        - combobox "Rated at least"
        - combobox "Sort by"
        - button "Hide films I’ve seen"
        - button "Clear filters"
      - list:
        - listitem:
          - link
  `)
  await page.goto('/history')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "History" [level=1]
      - status: /\\d+ films? watched/
      - button "Import CSV"
      - button "Export CSV"
      - region:
        - heading [level=2]
        - list:
          - listitem:
            - checkbox /^Select .+/
            - link
            - group /^Your rating/:
              - radio "1 star"
            - time
            - button /^Remove .+/
  `)
  await page.goto('/taste')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "Your taste" [level=1]
      - region "Most-watched genres":
        - heading [level=2]
        - list:
          - listitem:
            - link
            - text: /^\\d+ %, \\d+ films?$/
      - region "Decades":
        - heading [level=2]
        - list:
          - listitem:
            - link /^\\d{4}s. \\d+ films?$/
      - region "What counts how much":
        - slider /Your history/
        - button "Back to learned weights" [disabled]
        - list:
          - listitem
      - region "Not for you":
        - heading [level=2]
  `)
  await page.goto('/welcome')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading /^Welcome, .+/ [level=1]
      - region "Pick three moods to start with":
        - heading [level=2]
        - button /Other worlds/
      - region /five films/:
        - heading [level=2]
        - searchbox "Find a film you liked"
        - list:
          - listitem:
            - button /.+, \\d{4}/
      - status: /0 of 3 moods/
      - button "Show my films" [disabled]
      - button "Skip"
  `)
  await page.goto('/pipeline')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "The pipeline, live" [level=1]
      - button "Ask again"
      - button "Invite a crowd"
      - region "What is happening right now":
        - region:
          - img /^Requests flow from browsers/
      - region "Queues":
        - heading "Queues" [level=2]
        - region "Queues":
          - table:
            - rowgroup:
              - row /Queue Ready Unacked/
            - rowgroup:
              - row:
                - rowheader
      - region "Requests of the last seconds":
        - heading [level=2]
        - region:
          - table
  `)
})
