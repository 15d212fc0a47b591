/** Two ends of the background, an accent, and the colour of the title. */
export interface Palette {
  a: string
  b: string
  c: string
  ink: string
}

const palette = (a: string, b: string, c: string, ink: string): Palette => ({ a, b, c, ink })

export const palettes: Record<string, Palette> = {
  Action: palette('#FF5A36', '#5E0A1C', '#FFD166', '#FFF6EC'),
  Adventure: palette('#F5B04C', '#0B4F5C', '#FFF1C9', '#FFFBEF'),
  Animation: palette('#FF7AB8', '#4B2FD6', '#FFE45E', '#FFFFFF'),
  Children: palette('#6AD0FF', '#2F4FE0', '#FFD84D', '#FFFFFF'),
  Comedy: palette('#FFD23F', '#F0691A', '#FFF7DA', '#2B1300'),
  Crime: palette('#33445F', '#0A0F1A', '#E8B04A', '#F6EEDC'),
  Documentary: palette('#EFE9DC', '#C9BFA8', '#D9432F', '#1A1917'),
  Drama: palette('#9A3B54', '#26101F', '#F3BFA2', '#FFF3EA'),
  Fantasy: palette('#7442CE', '#15113F', '#A8F0E0', '#F3EEFF'),
  'Film-Noir': palette('#5A5A60', '#0B0B0D', '#F5F2E8', '#F5F2E8'),
  Horror: palette('#7A0E18', '#120306', '#FF3B3B', '#FFE9E4'),
  IMAX: palette('#1767F2', '#04163F', '#5BE1FF', '#F0F9FF'),
  Musical: palette('#F04E98', '#4A0F68', '#FFD6E8', '#FFF2F8'),
  Mystery: palette('#1C6B66', '#05181E', '#D8F26E', '#F1FBE8'),
  Romance: palette('#FF9AA8', '#B52A55', '#FFF0EA', '#FFF7F4'),
  'Sci-Fi': palette('#1B3FA8', '#05071A', '#45E6FF', '#EAFBFF'),
  Thriller: palette('#4A5C66', '#0A0D10', '#F4E04D', '#FBFBF0'),
  War: palette('#8A8650', '#1F210E', '#E9622F', '#FBF7E4'),
  Western: palette('#F29A4A', '#6E2710', '#FFE2B0', '#FFF4E0'),
}

export const plain = palette('#4B5568', '#151A24', '#C9D3E6', '#F2F5FA')

/** The rarest genre says most about a film. */
const rarity = (
  'Film-Noir Western War Musical Horror Documentary Sci-Fi Animation Fantasy Mystery Children Crime Romance ' +
  'Adventure Thriller Comedy Action Drama IMAX'
).split(' ')

/** Known genres, the rarest first. */
export function byRarity(genres: readonly string[]): string[] {
  return genres.filter(g => palettes[g]).sort((a, b) => rarity.indexOf(a) - rarity.indexOf(b))
}

/** How far a film's hue may turn from its genre's, in degrees. */
const turns: Record<string, number> = {
  Comedy: 14,
  Documentary: 12,
  'Film-Noir': 0,
  Horror: 22,
  Drama: 46,
  Romance: 16,
  Thriller: 60,
  Crime: 34,
  'Sci-Fi': 58,
  Action: 18,
  Adventure: 26,
  Mystery: 40,
  Fantasy: 26,
  Animation: 40,
  Children: 24,
  Musical: 22,
  War: 24,
  Western: 18,
  IMAX: 20,
}

export const turnOf = (genre: string): number => turns[genre] ?? 60
