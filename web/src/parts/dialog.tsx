import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../strings'
import { afterPaint } from './after-paint'
import { Icon } from './icon'

interface Props {
  label: string
  className?: string
  onClose: () => void
  children: ReactNode
}

/**
 * A modal dialog: the browser keeps the focus inside and gives it back. A click beside it closes it. It is gone from the screen
 * at once; what the browser does for a page that is no longer inert follows.
 */
export function Dialog({ label, className, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  const close = () => {
    const dialog = ref.current
    if (!dialog || dialog.classList.contains('closing')) return
    dialog.classList.add('closing')
    // The next key is for the page already, however soon it comes.
    const shut = () => dialog.close()
    addEventListener('keydown', shut, { capture: true, once: true })
    afterPaint(() => {
      removeEventListener('keydown', shut, { capture: true })
      shut() // the way back in the browser's history takes a while
      onClose()
    })
  }
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    if (dialog && !dialog.open) dialog.showModal()
    return () => {
      if (!dialog?.open) return // the browser has given the focus back, and the person may have moved it on
      dialog.close()
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key for it, and the browser's own
    <dialog
      ref={ref}
      className={className}
      aria-label={label}
      onCancel={event => {
        event.preventDefault()
        close()
      }}
      onClose={close} // the browser insists when Escape is pressed again and again
      onClick={event => event.target === ref.current && close()}
    >
      <button type="button" className="icon-button dialog-close" aria-label={t.movie.close} onClick={close}>
        <Icon name="close" />
      </button>
      {children}
    </dialog>
  )
}
