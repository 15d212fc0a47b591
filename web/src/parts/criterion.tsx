import { hash } from '../poster/random'
import { sentence } from './format'

/** How a criterion looks. Colour is never alone: each has a name and a sign, too. */
export interface CriterionStyle {
  name: string
  short: string // for chips
  tone: string // a class that sets --tone
  sign: string
}

const known: Record<string, CriterionStyle> = {
  history: { name: 'Your history', short: 'History', tone: 'tone-history', sign: '≈' },
  community: { name: 'People like you', short: 'People', tone: 'tone-community', sign: '☺' },
  genres: { name: 'Your genres', short: 'Genres', tone: 'tone-genres', sign: '♥' },
  popularity: { name: 'Popular', short: 'Popular', tone: 'tone-popularity', sign: '↑' },
  era: { name: 'Your decades', short: 'Decades', tone: 'tone-era', sign: '◷' },
  neighbours: { name: 'Nearest people', short: 'Nearest', tone: 'tone-neighbours', sign: '◎' },
  sittings: { name: 'Watched together', short: 'Together', tone: 'tone-sittings', sign: '◫' },
  next: { name: 'What comes next', short: 'Next', tone: 'tone-next', sign: '»' },
  later: { name: 'When people return', short: 'Return', tone: 'tone-later', sign: '↻' },
  // What stands in when no criterion answers.
  'last-known': { name: 'Your last ranking', short: 'Last', tone: 'tone-history', sign: '↶' },
  popular: { name: 'What most people watch', short: 'Popular', tone: 'tone-popularity', sign: '↑' },
}

const spares = ['tone-1', 'tone-2', 'tone-3', 'tone-4', 'tone-5']

/** The style of any criterion, known or new: the server decides which there are. */
export function styleOf(criterion: string): CriterionStyle {
  const name = sentence(criterion.replaceAll('-', ' '))
  return (
    known[criterion] ?? {
      name,
      short: name,
      tone: spares[hash(criterion) % spares.length]!,
      sign: name.charAt(0),
    }
  )
}

/** A round sign in the criterion's colour. */
export function Sign({ criterion }: { criterion: string }) {
  const style = styleOf(criterion)
  return (
    <span className={`sign ${style.tone}`} aria-hidden="true">
      {style.sign}
    </span>
  )
}

/** A bar whose length is a percentage. The policy forbids style attributes in markup, so widths are set as properties. */
export function Bar({ percent, criterion, negative }: { percent: number; criterion: string; negative?: boolean }) {
  return (
    <span className={`bar ${styleOf(criterion).tone}${negative ? ' negative' : ''}`} aria-hidden="true">
      <i style={{ width: `${percent}%` }} />
    </span>
  )
}
