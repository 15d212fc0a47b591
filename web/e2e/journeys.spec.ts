import { asNewcomer, asPerson, expect, filmPath, final, idsOf, picks, still, test } from './fixtures'

test('from the first visit to a final ranking, and back after a reload', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Who is watching?' })).toBeVisible()
  await page.locator('.people button').first().click()
  await final(page)
  expect(await picks(page).count()).toBeGreaterThanOrEqual(20)
  await expect(page.getByRole('heading', { level: 1 })).not.toBeEmpty()
  await expect(page.locator('.chip.done')).not.toHaveCount(0)
  const before = await idsOf(page)
  await page.reload()
  await final(page)
  expect(await idsOf(page)).toEqual(before)
})

test('a film that is marked as seen leaves the ranking, and Undo brings it back', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 2)
  await page.goto('/')
  await final(page)
  const [first] = await idsOf(page)
  const card = picks(page).first()
  await card.hover()
  await card.getByRole('button', { name: /^Mark .* as watched$/ }).click()
  await expect(page.locator('.toast')).toContainText('as watched')
  await expect(card).toHaveAttribute('data-id', first!) // it does not move away under the pointer
  await page.mouse.move(0, 0)
  await page.locator('body').click({ position: { x: 5, y: 300 } })
  await expect.poll(async () => (await idsOf(page)).includes(first!)).toBe(false)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await idsOf(page)).includes(first!)).toBe(true)
})

test('a film that is not for me is gone, and the taste page restores it', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Dora')
  await page.goto('/')
  await final(page)
  const link = picks(page).first().locator('.card-link')
  const id = (await idsOf(page))[0]
  await link.focus()
  await page.keyboard.press('x')
  await expect(page.locator('.toast')).toContainText('won’t be recommended')
  await page.getByRole('link', { name: 'Taste', exact: true }).first().click()
  await expect(page.locator('.hidden-list li')).toHaveCount(1)
  await page.getByRole('button', { name: /^Restore/ }).click()
  await expect(page.locator('.hidden-list li')).toHaveCount(0)
  await page.getByRole('link', { name: 'Home', exact: true }).first().click()
  await expect.poll(async () => (await idsOf(page)).includes(id!)).toBe(true)
})

test('the weights re-rank live and can be reset', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 3)
  await page.goto('/taste')
  const preview = page.locator('.preview .card')
  await expect(preview).toHaveCount(12)
  await still(page)
  const order = () => preview.evaluateAll(cards => cards.map(c => (c as HTMLElement).dataset.id).join())
  const before = await order()
  const sliders = page.getByRole('slider')
  for (let i = 0; i < (await sliders.count()); i++)
    await sliders.nth(i).fill(i === (await sliders.count()) - 1 ? '100' : '0')
  await expect.poll(order).not.toBe(before)
  await page.getByRole('button', { name: 'Back to learned weights' }).click()
  await expect.poll(order).toBe(before)
})

test('why a film is recommended adds up', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 1)
  await page.goto('/')
  await final(page)
  await picks(page).nth(2).locator('.card-link').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.locator('.why tfoot')).toBeVisible()
  const perCent = (text: string | null) => Number((text ?? '').replace('−', '-').replace(' %', ''))
  const shares = (await dialog.locator('.why tbody .number').allTextContents()).map(perCent)
  const total = perCent(await dialog.locator('.why tfoot .number').textContent())
  expect(shares.reduce((a, b) => a + b, 0)).toBe(total)
  await expect(dialog.locator('.meta')).toContainText(`${total} % match`)
  await expect(dialog.locator('.why-rests a').first()).toBeVisible()
  await page.goBack()
  await expect(dialog).toBeHidden()
})

test('a newcomer has a ranking of their own from three moods', async ({ page }) => {
  await page.goto('/')
  await page.getByLabel('Your name').fill('Nora')
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome, Nora' })).toBeVisible()
  for (const mood of ['Other worlds', 'Big laughs', 'Goose bumps'])
    await page.getByRole('button', { name: mood }).click()
  await page.getByRole('button', { name: 'Show my films' }).click()
  await final(page)
  await expect(page.locator('.rank-notes')).toContainText('Starting with Sci-Fi')
  await page.getByRole('button', { name: 'All genres' }).click()
  await expect(page.locator('.rank-notes')).not.toContainText('Starting with')
})

test('a newcomer marks five films, and they are their history', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Olaf')
  await page.goto('/welcome')
  const likes = page.locator('.like[aria-pressed="false"]')
  for (let i = 0; i < 5; i++) await likes.nth(3).click()
  await page.getByRole('button', { name: 'Show my films' }).click()
  await final(page)
  await page.getByRole('link', { name: 'History', exact: true }).first().click()
  await expect(page.locator('.watch')).toHaveCount(5)
})

test('history: bulk removal with Undo, import with review, export', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Pia')
  await page.goto('/history')
  await expect(page.getByText('You have not marked any film')).toBeVisible()
  await page.getByRole('button', { name: 'Import CSV' }).click()
  const csv =
    'Date,Name,Year,Letterboxd URI,Rating\n2024-05-06,The Matrix,1999,x,4.5\n2024-05-05,Alien,1979,x,5\n2024-05-04,No such film at all,1999,x,1\n2024-05-03,Jurassic Park,1993,x,3\n'
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'diary.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await expect(page.getByText('3 films matched')).toBeVisible()
  await page.getByRole('button', { name: 'Import 3 films' }).click()
  await expect(page.locator('.watch')).toHaveCount(3)

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const text = await (await download).createReadStream().then(async stream => {
    let all = ''
    for await (const part of stream) all += part
    return all
  })
  expect(text).toContain('Title,Year,Watched At,Rating,ID')
  expect(text.trim().split('\r\n')).toHaveLength(4)

  await page.locator('.watch input[type=checkbox]').nth(0).check()
  await page.locator('.watch input[type=checkbox]').nth(1).check()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.locator('.watch')).toHaveCount(1)
  await page.locator('.toast', { hasText: 'Took 2 films' }).getByRole('button', { name: 'Undo' }).click()
  await expect(page.locator('.watch')).toHaveCount(3)
})

test('Undo of an import takes back what it added, tells when it cannot, and is not offered for nothing', async ({
  page,
  baseURL,
}) => {
  await asNewcomer(page, baseURL!, 'Tilda')
  await page.goto('/history')
  const csv = 'Date,Name,Year,Letterboxd URI,Rating\n2024-05-06,The Matrix,1999,x,4.5\n2024-05-05,Alien,1979,x,5\n'
  const file = { name: 'diary.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) }
  const load = async () => {
    await page.getByRole('button', { name: 'Import CSV' }).click()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Import 2 films' }).click()
    await expect(page.locator('.watch')).toHaveCount(2)
  }
  const undo = page.locator('.toast', { hasText: 'Imported 2 films' }).getByRole('button', { name: 'Undo' })
  await load()
  await undo.click()
  await expect(page.getByText('You have not marked any film')).toBeVisible()

  await load()
  await page.route('**/graphql', route =>
    route.request().postData()?.includes('mutation RemoveWatches')
      ? route.fulfill({ status: 200, json: { errors: [{ message: 'The history is being moved.' }] } })
      : route.continue(),
  )
  await undo.click()
  await expect(page.locator('.toast.bad')).toContainText('The history is being moved.')

  await load()
  await expect(page.locator('.toast', { hasText: 'Imported 2 films' })).toBeVisible()
  await expect(undo).toHaveCount(0)
})

test('browsing lives in the address', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 4)
  await page.goto('/browse?genre=Horror&sort=RATING')
  await expect(page.locator('.genre-chips').getByRole('button', { name: /Horror/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await expect(page.locator('.grid .card[data-id]').first()).toBeVisible()
  const all = (await page.locator('.found').textContent()) ?? ''
  await page
    .locator('.genre-chips')
    .getByRole('button', { name: /Comedy/ })
    .click()
  await page
    .locator('.genre-chips')
    .getByRole('button', { name: /Comedy/ })
    .click()
  await expect(page).toHaveURL(/without=Comedy/)
  await expect(page.locator('.found')).not.toHaveText(all)
  await page.keyboard.press('/')
  await page.keyboard.type('alien')
  await expect(page).toHaveURL(/q=alien/)
  await expect(page.locator('.grid .card-caption b').first()).toContainText('Alien')
  await page.goto('/browse?q=matrix')
  await expect(page.locator('.grid .card-caption b').first()).toContainText('Matrix')
})

test('a list goes on after what has failed, and a filter that was taken back is forgotten', async ({
  page,
  baseURL,
}) => {
  await asPerson(page, baseURL!, 4)
  let asked = 0
  let broken = true
  await page.route('**/graphql', async route => {
    const body = route.request().postData() ?? ''
    if (!body.includes('query Movies')) return route.continue()
    if (body.includes('Horror')) return // never answered
    const next = /"after":"/.test(body)
    if (next) asked++
    if (!next || !broken) return route.continue()
    await route.fulfill({ status: 200, json: { errors: [{ message: 'The catalogue is being moved.' }] } })
  })
  await page.goto('/browse')
  const films = page.locator('.grid .card[data-id]')
  await expect(films).toHaveCount(48)
  const horror = page.locator('.genre-chips').getByRole('button', { name: /Horror/ })
  await horror.click()
  await expect(page.locator('.grid')).toHaveAttribute('aria-busy', 'true')
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(page.locator('.grid')).toHaveAttribute('aria-busy', 'false')
  await films.last().scrollIntoViewIfNeeded()
  await expect(page.getByRole('alert')).toContainText('The catalogue is being moved.')
  await page.waitForTimeout(500)
  expect(asked).toBe(1)
  await expect(films).toHaveCount(48)
  broken = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(() => films.count()).toBeGreaterThan(48)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('no film is skipped or doubled when others leave the list meanwhile', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Quinn')
  const titles = () => page.locator('.grid .card[data-id]').evaluateAll(all => all.map(c => c.getAttribute('data-id')))
  const scrolled = async (n: number) => {
    const further = async () => {
      await page.locator('.grid .card').last().scrollIntoViewIfNeeded()
      return (await titles()).length
    }
    await expect.poll(further).toBeGreaterThanOrEqual(n)
  }
  await page.goto('/browse?sort=TITLE')
  await expect.poll(async () => (await titles()).length).toBe(48)
  await scrolled(144)
  const all = await titles()
  await page.goto('/browse?sort=TITLE&unseen=1')
  await expect.poll(async () => (await titles()).length).toBe(48)
  for (const i of [0, 1, 2]) {
    await page.locator('.grid .card-link').nth(i).focus()
    await page.keyboard.press('w')
    await expect(page.locator('.grid .card').nth(i)).toHaveClass(/watched/)
  }
  await expect(page.locator('.toast')).toHaveCount(3)
  await scrolled(100)
  const seen = await titles()
  expect(seen.slice(0, 100)).toEqual(all.slice(0, 100))
  expect(new Set(seen).size).toBe(seen.length)
})

test('the top pick stays under the pointer, and a double click marks one film', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Rosa')
  await page.goto('/')
  await final(page)
  const hero = page.locator('.hero')
  const first = await hero.getAttribute('data-id')
  await hero.getByRole('button', { name: 'I’ve seen it' }).dblclick()
  await expect(page.locator('.toast')).toContainText('as watched')
  await expect.poll(async () => (await idsOf(page)).includes(first!)).toBe(false)
  await expect(hero).toHaveAttribute('data-id', first!)
  await page.mouse.move(5, 5)
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await expect(hero).not.toHaveAttribute('data-id', first!)
  await page.goto('/history')
  await expect(page.locator('.watch')).toHaveCount(1)
})

test('films to choose from keep their places, and what was chosen stays in sight', async ({ page, baseURL }) => {
  await asNewcomer(page, baseURL!, 'Sami')
  await page.goto('/welcome')
  const films = page.locator('.liked-grid').last().locator('.like')
  const names = () => films.locator('.hidden').allTextContents()
  await expect(films).toHaveCount(28)
  const before = await names()
  await films.nth(9).click()
  await expect(films.nth(9)).toHaveAttribute('aria-pressed', 'true')
  expect(await names()).toEqual(before)
  await page.getByLabel('Find a film you liked').fill('zzzzqqqq')
  const aside = page.getByRole('region', { name: 'Chosen before' }).getByRole('button')
  await expect(aside.locator('.hidden')).toHaveText([before[9]!])
  await aside.click()
  await expect(aside).toHaveAttribute('aria-pressed', 'false')
  await expect(page.getByText('0 of 5')).toBeVisible()
})

test('a mistyped token signs nobody in or out', async ({ page, baseURL }) => {
  const { token } = await asPerson(page, baseURL!, 6)
  await page.route('**/graphql', async route => {
    if (!route.request().postData()?.includes('query Door')) return route.continue()
    await route.fulfill({ status: 200, json: { data: { developmentSignIn: false } } })
  })
  await page.goto('/sign-in')
  await expect(page.locator('.link-state')).toHaveText('Live')
  const sockets: unknown[] = []
  page.on('websocket', socket => sockets.push(socket))
  await page.getByLabel('Token').fill('no.such.token')
  await page.locator('form.newcomer').getByRole('button').click()
  await expect(page.getByRole('alert')).toContainText('not valid')
  await expect(page.locator('.link-state')).toHaveText('Live')
  expect(await page.evaluate(() => localStorage.getItem('webflix.ticket'))).toContain(token)
  expect(sockets).toEqual([])
})

test('scroll positions are kept on Back', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 4)
  await page.goto('/browse')
  await expect(page.locator('.grid .card[data-id]').first()).toBeVisible()
  await page.evaluate(() => scrollTo(0, 700))
  await page.waitForFunction(() => scrollY === 700)
  await page.locator('.grid .card').nth(22).locator('.card-link').click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('dialog')).toBeHidden()
  expect(await page.evaluate(() => scrollY)).toBe(700)
  // Not a click of the mouse: Playwright may scroll the page to make one.
  await page
    .getByRole('link', { name: 'History', exact: true })
    .first()
    .evaluate(link => (link as HTMLElement).click())
  await expect(page.getByRole('heading', { name: 'History' })).toBeVisible()
  expect(await page.evaluate(() => scrollY)).toBe(0)
  await page.goBack()
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(700)
})

test('a film that was closed is not in the way back', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 4)
  await page.goto('/taste')
  await page.getByRole('link', { name: 'Browse', exact: true }).first().click()
  await page.locator('.grid .card').nth(3).locator('.card-link').click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.track .card-link').first().click() // from one film to another
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page).toHaveURL(/\/browse$/)
  await page.goBack()
  await expect(page).toHaveURL(/\/taste$/)
})

test('by keyboard alone', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 5)
  await page.goto('/')
  await final(page)
  await page.keyboard.press('Tab')
  await expect(page.getByText('Skip to content')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()
  await picks(page).first().locator('.card-link').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(picks(page).nth(2).locator('.card-link')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(picks(page).nth(2).locator('.card-link')).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.locator('.card-link:focus')).toHaveCount(1)
  await expect(picks(page).nth(2).locator('.card-link')).not.toBeFocused()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await expect(page.locator('#search')).toBeFocused()
})

test('deep links and addresses that lead nowhere', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 1)
  await page.goto(await filmPath(baseURL!))
  await expect(page.getByRole('heading', { level: 1 })).not.toBeEmpty()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.goto('/movie/99999999')
  await expect(page.getByText('There is no such film.')).toBeVisible()
  await page.getByRole('link', { name: 'Home', exact: true }).first().click()
  for (const path of ['/movie/50%', '/pipeline/%E0%A4']) {
    await page.evaluate(to => history.pushState(null, '', to), path)
    await expect(page.getByRole('alert')).toBeVisible()
    await expect(page.locator('header.top')).toBeVisible()
  }
  await page.goto('/nowhere')
  await expect(page.getByText('There is no such page.')).toBeVisible()
  expect((await page.request.get('/assets/nothing.js')).status()).toBe(404)
})

test('signing out leaves nothing behind, and a token that has ended leads to the door', async ({ page, baseURL }) => {
  await asPerson(page, baseURL!, 6)
  await page.goto('/')
  await final(page)
  await picks(page).first().locator('.card-link').focus()
  await page.keyboard.press('x')
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
  await page.locator('.person-button').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Who is watching?' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0)
  expect(await page.evaluate(() => localStorage.getItem('webflix.ticket'))).toBeNull()
  await page.evaluate(() =>
    localStorage.setItem('webflix.ticket', '{"token":"no.such.token","person":{"id":"user:6","name":"Six"}}'),
  )
  await page.goto('/')
  await expect(page.getByText('Your sign-in has ended.')).toBeVisible()
})
