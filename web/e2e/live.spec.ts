import { asNewcomer, asPerson, expect, filmPath, final, idsOf, picks, pretending, recommend, test } from './fixtures'

test('the server dies and comes back under an open page', async ({ page, webflix }) => {
  test.setTimeout(90_000)
  await asPerson(page, webflix.url, 1)
  await page.goto('/')
  await final(page)
  const before = await idsOf(page)
  await webflix.kill()
  await expect(page.locator('.link-state')).toHaveText('Reconnecting…')
  expect(await idsOf(page)).toEqual(before)
  await webflix.start()
  await expect(page.locator('.link-state')).toHaveText('Live', { timeout: 30_000 })
  expect(await idsOf(page)).toEqual(before)
  await page.getByRole('button', { name: 'With seen films' }).click()
  await final(page)
  await expect.poll(async () => (await idsOf(page)).join()).not.toBe(before.join())
})

test('whatever ends the connection, it comes back', async ({ page, webflix }) => {
  let end: (code: number) => void = () => undefined
  let sockets = 0
  await page.routeWebSocket('**/graphql', socket => {
    sockets++
    socket.connectToServer()
    end = code => void socket.close({ code, reason: 'No answer to the last ping' })
  })
  await asPerson(page, webflix.url, 1)
  await page.goto('/')
  await final(page)
  for (const code of [1008, 4500]) {
    const before = sockets
    end(code)
    await expect.poll(() => sockets).toBeGreaterThan(before)
    await expect(page.locator('.link-state')).toHaveText('Live')
    await page.getByRole('button', { name: 'With seen films' }).click()
    await final(page)
  }
})

test('two people at once never see each other’s films', async ({ browser, webflix }) => {
  const open = async (name: string) => {
    const page = await (await browser.newContext({ baseURL: webflix.url })).newPage()
    const frames: string[] = []
    page.on('websocket', socket => socket.on('framereceived', frame => frames.push(String(frame.payload))))
    const { person } = await asNewcomer(page, webflix.url, name)
    await page.goto('/pipeline')
    await expect(page.locator('.flow')).toBeVisible()
    return { page, frames, id: person.id }
  }
  const anna = await open('Anna Secretly')
  const bert = await open('Bert Privately')
  for (const { page } of [anna, bert]) await page.getByRole('button', { name: 'Ask again' }).click()
  await expect(anna.page.getByText('Yours').first()).toBeVisible()
  await expect(bert.page.getByText('Someone’s').first()).toBeVisible()

  const film = await filmPath(webflix.url)
  await anna.page.goto(film)
  await anna.page.getByRole('button', { name: /seen it/ }).click()
  await expect(anna.page.locator('.toast')).toBeVisible()
  await bert.page.goto(film)
  await expect(bert.page.getByRole('button', { name: /seen it/ })).toBeVisible()
  await bert.page.goto('/history')
  await expect(bert.page.getByText('You have not marked any film')).toBeVisible()

  const pipeline = bert.frames.filter(frame => frame.includes('"pipeline"')).join('')
  expect(pipeline).not.toBe('')
  for (const secret of [anna.id, 'Anna', '"title"', 'movie:']) expect(pipeline).not.toContain(secret)
  for (const { page } of [anna, bert]) await page.context().close()
})

test('a crowd’s requests travel through the picture', async ({ page, webflix }) => {
  await asPerson(page, webflix.url, 1)
  await page.goto('/pipeline?demo=crowd')
  await expect(page.locator('.token').first()).toBeAttached()
  await page.getByRole('button', { name: 'Shapes' }).click()
  await expect(page.locator('.token-letter').first()).toBeAttached()
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByRole('button', { name: 'Pause' })).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('link', { name: 'Waterfall' }).first().click()
  await expect(page.locator('.fall-row').first()).toBeVisible()
  await expect(page.locator('.fall-bars .work').first()).toBeAttached()
})

test('a request’s row stays under the pointer while others come', async ({ page, webflix }) => {
  const { token } = await asPerson(page, webflix.url, 1)
  const ask = () => recommend(webflix.url, token)
  await page.goto('/pipeline')
  await ask()
  const links = page.locator('td').getByRole('link', { name: 'Waterfall' })
  const order = () => links.evaluateAll(all => all.map(link => link.getAttribute('href')).join())
  await links.first().hover()
  await page.mouse.down()
  const before = await order()
  await ask()
  await expect.poll(order).not.toBe(before)
  await page.mouse.up()
  await expect(page.locator('.fall-row').first()).toBeVisible()
})

test('more requests than an eye can follow are sampled, and the picture says so', async ({ page, webflix }) => {
  const { token } = await asPerson(page, webflix.url, 1)
  await page.goto('/pipeline')
  const lead = page.locator('.pipe header p')
  await expect(lead).not.toBeEmpty()
  const asking = setInterval(() => void recommend(webflix.url, token).catch(() => undefined), 20)
  try {
    await expect(lead).toHaveText(/Busy: showing 20 of \d+ requests a second/, { timeout: 20_000 })
  } finally {
    clearInterval(asking)
  }
  await expect(lead).not.toContainText('Busy', { timeout: 20_000 })
})

test('a stopped criterion turns grey and is named; the others make the ranking', async ({ page }) => {
  await pretending({ FROZEN: 'community', BROKEN: 'genres' }, async url => {
    await asPerson(page, url, 1)
    await page.goto(url)
    await expect(page.locator('.rank-state')).toHaveText(/May still change/)
    await final(page)
    await expect(page.locator('.chip.out')).toHaveCount(2)
    await expect(page.locator('.rank-notes')).toContainText('Ranked without People like you, Your genres')
    await expect(picks(page).first()).toBeVisible()
  })
})

test('films glide to their places, and never one that is hovered', async ({ page }) => {
  await pretending({ PACE: '4' }, async url => {
    await asPerson(page, url, 1)
    await page.goto(url)
    await expect(picks(page).nth(5)).toHaveAttribute('data-id', /movie/)
    const held = picks(page).nth(1)
    await held.hover()
    const id = await held.getAttribute('data-id')
    await page.evaluate(() => {
      const track = document.querySelector('.track.live')!
      Object.assign(window, { changes: [] as number[] })
      new MutationObserver(() => (window as unknown as { changes: number[] }).changes.push(performance.now())).observe(
        track,
        { childList: true },
      )
    })
    await final(page)
    await expect(held).toHaveAttribute('data-id', id!)
    await page.mouse.move(2, 400)
    await page.waitForTimeout(900)
    const changes = await page.evaluate(() => (window as unknown as { changes: number[] }).changes)
    for (let i = 1; i < changes.length; i++) expect(changes[i]! - changes[i - 1]!).toBeGreaterThan(300) // 400, as a busy machine sees it
  })
})
