/** Reads CSV as RFC 4180 has it, with any line end, a byte order mark, and quotes that spreadsheets write. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const source = text.replace(/^\uFEFF/, '')
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (quoted) {
      if (c !== '"') cell += c
      else if (source[i + 1] === '"') cell += source[++i]
      else quoted = false
    } else if (c === '"' && cell === '') quoted = true
    else if (c === ',') {
      row.push(cell)
      cell = ''
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && source[i + 1] === '\n') i++
      row.push(cell)
      rows.push(row)
      row = []
      cell = ''
    } else cell += c
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return rows.filter(r => r.some(value => value.trim() !== ''))
}

/** Writes CSV. A cell that a spreadsheet would run as a formula gets an apostrophe, which parse leaves to the reader. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return `${rows.map(row => row.map(writeCell).join(',')).join('\r\n')}\r\n`
}

function writeCell(value: string): string {
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
