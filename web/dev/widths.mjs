// Measures the glyphs of the poster faces in a real browser and writes src/poster/widths.ts.
import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from '@playwright/test'

const faces = {
  block: ['archivo', 820, 62],
  wide: ['archivo', 640, 122],
  wideTight: ['archivo', 640, 96],
  serif: ['fraunces', 560, 100],
  fun: ['archivo', 900, 96],
  swiss: ['archivo', 640, 88],
}
const font = async (name, file) =>
  `data:font/woff2;base64,${await readFile(new URL(`../node_modules/@fontsource-variable/${name}/files/${file}`, import.meta.url), 'base64')}`
const fonts = {
  archivo: await font('archivo', 'archivo-latin-standard-normal.woff2'),
  fraunces: await font('fraunces', 'fraunces-latin-wght-normal.woff2'),
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage()
await page.setContent(`<style>
@font-face{font-family:archivo;src:url(${fonts.archivo});font-weight:100 900;font-stretch:62% 125%}
@font-face{font-family:fraunces;src:url(${fonts.fraunces});font-weight:100 900}</style>`)
const table = await page.evaluate(async faces => {
  const span = document.createElement('span')
  span.style.cssText = 'position:absolute;white-space:pre;font-size:1000px;font-kerning:none'
  document.body.append(span)
  const out = {}
  for (const [name, [family, weight, stretch]] of Object.entries(faces)) {
    await document.fonts.load(`${weight} 20px ${family}`)
    Object.assign(span.style, { fontFamily: family, fontWeight: weight, fontStretch: `${stretch}%` })
    out[name] = []
    for (let code = 32; code < 127; code++) {
      span.textContent = String.fromCharCode(code)
      out[name].push(Math.round(span.getBoundingClientRect().width))
    }
  }
  return out
}, faces)
await browser.close()
const rows = Object.entries(table).map(([name, row]) => `  ${name}: [${row.join(', ')}],`)
await writeFile(
  new URL('../src/poster/widths.ts', import.meta.url),
  `// Made by npm run widths: the advance of each glyph from space to tilde at size 1000.\nexport const widths = {\n${rows.join('\n')}\n}\n`,
)
