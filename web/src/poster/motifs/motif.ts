import type { Palette } from '../palette'
import type { Random } from '../random'

/** Draws what a poster shows, in 200 x 300 units; the title covers the lowest 110 of them. `id` is unique in the document. */
export type Motif = (r: Random, p: Palette, id: string) => string
