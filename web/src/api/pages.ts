/** One page of a list, as the server gives it. */
export interface Page<Item> {
  nodes: readonly Item[]
  totalCount: number | null
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** Where a page ended: behind how many items of the list, with which cursor, and how many of the items had left it by then. */
interface End {
  place: number
  cursor: string
  gone: number
}

/** A list as far as it was read. */
export interface Pages<Item> {
  items: readonly Item[] // each once, in the order in which they were read
  total: number | null
  ends: readonly End[]
  open: boolean // whether there is more to read
}

export const noPages: Pages<never> = { items: [], total: null, ends: [], open: true }

/**
 * Where to read on. Cursors are places in the list: when items before one have left the list, those behind it have moved up,
 * and reading on there would skip as many. So it goes on from an earlier end, from the beginning if need be. Gone counts the
 * items read so far that are not in the list any more, whether they are still shown or not.
 */
function nextEnd({ ends }: Pages<unknown>, gone: number): End | undefined {
  const last = ends.at(-1)
  return last && ends.findLast(end => end.place <= last.place - Math.max(0, gone - last.gone))
}

/** Reads on until there is something new, or nothing more. What comes twice is left out. */
export async function readOn<Item>(
  pages: Pages<Item>,
  gone: number,
  idOf: (item: Item) => string,
  read: (after: string | null) => Promise<Page<Item>>,
): Promise<Pages<Item>> {
  const from = nextEnd(pages, gone)
  const { nodes, totalCount, pageInfo } = await read(from?.cursor ?? null)
  const have = new Set(pages.items.map(idOf))
  const fresh = nodes.filter(item => !have.has(idOf(item)))
  const place = (from?.place ?? 0) + nodes.length
  const ends = pages.ends.filter(end => end.place < place)
  if (pageInfo.endCursor) ends.push({ place, cursor: pageInfo.endCursor, gone })
  const open = pageInfo.hasNextPage && pageInfo.endCursor !== null
  const next = { items: [...pages.items, ...fresh], total: totalCount, ends, open }
  return open && fresh.length === 0 ? readOn(next, gone, idOf, read) : next
}
