import { useEffect, useState } from 'react'
import { titleOf } from '../parts/format'
import { useSession } from '../session/session'
import { t } from '../strings'

/** Tells screen readers when a ranking starts and when it is final, and nothing in between. */
export function Announcer() {
  const { ranking } = useSession()
  const [text, setText] = useState('')
  useEffect(() => {
    let last = ''
    return ranking?.follow(() => {
      const { phase, round, picks } = ranking.get()
      const key = `${phase}${round}`
      if (key === last) return
      last = key
      if (phase === 'ranking') setText(t.rank.started)
      if (phase === 'final' && picks[0]) setText(t.rank.announce(picks.length, titleOf(picks[0].movie)))
    })
  }, [ranking])
  return (
    <div className="hidden" role="status" aria-live="polite">
      {text}
    </div>
  )
}
