import { useEffect, useRef, useState } from 'react'
import { Store, useStore } from '../api/store'
import { t } from '../strings'
import { Icon } from './icon'

interface Toast {
  id: number
  text: string
  undo?: () => void
  bad?: boolean
}

export const toasts = new Store<readonly Toast[]>([])
let last = 0

/** Undo stays on offer for this long, longer while the pointer or the focus is on it. */
const stay = 9000

export function say(text: string, undo?: () => void): void {
  toasts.set([...toasts.get().slice(-2), { id: ++last, text, undo }])
}

export function complain(text: string): void {
  toasts.set([...toasts.get().slice(-2), { id: ++last, text, bad: true }])
}

/** Takes back all that was said: it was for somebody who has gone, and so is what their Undo would change. */
export const hush = (): void => toasts.set([])

const drop = (id: number) => toasts.set(toasts.get().filter(toast => toast.id !== id))

export function Toasts() {
  const list = useStore(toasts)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map(toast => (
        <Message key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function Message({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false)
  const left = useRef(stay)
  useEffect(() => {
    if (held) return
    const since = performance.now()
    const timer = setTimeout(() => drop(toast.id), left.current)
    return () => {
      clearTimeout(timer)
      left.current = Math.max(2000, left.current - (performance.now() - since))
    }
  }, [held, toast.id])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the message from going while it is being read
    <div
      className={toast.bad ? 'toast bad' : 'toast'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          className="link"
          onClick={() => {
            toast.undo?.()
            drop(toast.id)
          }}
        >
          {t.toast.undo}
        </button>
      )}
      <button type="button" className="icon-button small" aria-label={t.toast.close} onClick={() => drop(toast.id)}>
        <Icon name="close" />
      </button>
    </div>
  )
}
