import { describe, expect, it } from 'vitest'
import { noPages, type Pages, readOn } from './pages'

const size = 4

/** A list on a server whose cursors are places. */
class Shelf {
  asked = 0
  list: string[]
  constructor(n: number) {
    this.list = Array.from({ length: n }, (_, i) => `f${i}`)
  }
  read = async (after: string | null) => {
    this.asked++
    const from = after === null ? 0 : Number(after) + 1
    const nodes = this.list.slice(from, from + size)
    return {
      nodes,
      totalCount: this.list.length,
      pageInfo: {
        hasNextPage: from + size < this.list.length,
        endCursor: nodes.length ? String(from + nodes.length - 1) : null,
      },
    }
  }
  /** Reads on after some of what was read has left the list. */
  more(pages: Pages<string>) {
    const gone = pages.items.filter(item => !this.list.includes(item)).length
    return readOn(pages, gone, item => item, this.read)
  }
  remove(...items: string[]) {
    this.list = this.list.filter(item => !items.includes(item))
  }
}

describe('pages of a list', () => {
  it('are read one after the other, to the end', async () => {
    const shelf = new Shelf(10)
    let pages = await shelf.more(noPages)
    for (; pages.open; pages = await shelf.more(pages));
    expect(pages.items).toEqual(shelf.list)
    expect(shelf.asked).toBe(3)
  })

  it('skip nothing and double nothing when items leave the list', async () => {
    const shelf = new Shelf(30)
    const all = [...shelf.list]
    let pages = await shelf.more(noPages)
    shelf.remove('f1', 'f2')
    for (let i = 0; pages.open; i++) {
      pages = await shelf.more(pages)
      if (i === 2) shelf.remove('f0', 'f5', pages.items.at(-1)!)
      if (i === 4) shelf.remove(...pages.items.slice(-size))
    }
    expect(pages.items).toEqual(all)
    expect(shelf.asked).toBeLessThan(20)
  })

  it('double nothing when items come in at the front, and back to their places', async () => {
    const shelf = new Shelf(20)
    const all = [...shelf.list]
    let pages = await shelf.more(noPages)
    pages = await shelf.more(pages)
    shelf.list.unshift('new1', 'new2', 'new3', 'new4', 'new5')
    pages = await shelf.more(pages)
    shelf.remove('f3')
    pages = await shelf.more(pages)
    shelf.list.splice(8, 0, 'f3')
    for (; pages.open; pages = await shelf.more(pages));
    expect(pages.items.filter(item => !item.startsWith('new'))).toEqual(all)
    expect(new Set(pages.items).size).toBe(pages.items.length)
  })

  it('go on from the beginning when all that was read has left', async () => {
    const shelf = new Shelf(9)
    const all = [...shelf.list]
    let pages = await shelf.more(noPages)
    shelf.remove(...pages.items)
    for (; pages.open; pages = await shelf.more(pages));
    expect(pages.items).toEqual(all)
  })
})
