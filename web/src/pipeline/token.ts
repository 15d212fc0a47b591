import { hash } from '../poster/random'

const emoji = [
  '🦊',
  '🐙',
  '🌵',
  '🍉',
  '🚀',
  '🎈',
  '🐳',
  '🍋',
  '🦜',
  '🧊',
  '🦋',
  '🍩',
  '🐢',
  '🌻',
  '🎸',
  '🐝',
  '🍄',
  '⛵',
  '🦉',
  '🌶️',
  '🪁',
  '🦔',
  '🍒',
  '🎯',
]
const letters = 'ABCDEFGHJKLMNPRSTUVWXYZ'

/** How a request looks in the picture. It is made from the request's id and says nothing of who asked for what. */
export interface Face {
  emoji: string
  letter: string
  shape: number // 0 to 4: circle, square, diamond, triangle, hexagon
}

export function faceOf(requestId: string): Face {
  const h = hash(requestId)
  return { emoji: emoji[h % emoji.length]!, letter: letters[(h >>> 8) % letters.length]!, shape: (h >>> 16) % 5 }
}

/** Outlines of about the same size around 0,0. */
export const outlines = [
  'M0 -13a13 13 0 1 1 -.01 0Z',
  'M-12 -12h24v24h-24Z',
  'M0 -16l16 16 -16 16 -16 -16Z',
  'M0 -15l15 26h-30Z',
  'M-7.500 -13h15l7.500 13 -7.500 13h-15l-7.500 -13Z',
]

let emojiKnown: boolean | undefined

/** Whether the system draws emoji in colour. Where it does not, requests are shapes with letters. */
export function hasEmoji(): boolean {
  emojiKnown ??= drawsEmoji()
  return emojiKnown
}

function drawsEmoji(): boolean {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 16
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return false
  context.font = '14px sans-serif'
  context.fillText('🦊', 0, 13)
  const { data } = context.getImageData(0, 0, 16, 16)
  for (let i = 0; i < data.length; i += 4) if (data[i + 3]! > 99 && Math.abs(data[i]! - data[i + 2]!) > 40) return true
  return false
}
