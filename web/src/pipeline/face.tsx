import { faceOf, hasEmoji, outlines } from './token'

/** A request's token, in text. */
export function Face({ request }: { request: string }) {
  const face = faceOf(request)
  if (hasEmoji())
    return (
      <span className="face-cell" aria-hidden="true">
        {face.emoji}
      </span>
    )
  return (
    <svg className="face-cell token" viewBox="-17 -17 34 34" aria-hidden="true">
      <path d={outlines[face.shape]} />
      <text y={face.shape === 3 ? 7 : 4.5} className="token-letter">
        {face.letter}
      </text>
    </svg>
  )
}
