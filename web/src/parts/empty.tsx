import type { ReactNode } from 'react'
import { Icon } from './icon'

interface Props {
  icon: Parameters<typeof Icon>[0]['name']
  title: string
  lead: string
  children: ReactNode // the way on
}

/** A list with nothing in it yet, and what would put something there. */
export function Empty({ icon, title, lead, children }: Props) {
  return (
    <div className="empty">
      <span className="empty-sign">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{lead}</p>
      <div className="buttons">{children}</div>
    </div>
  )
}
