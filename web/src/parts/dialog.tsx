import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../strings'
import { Icon } from './icon'

interface Props {
  label: string
  className?: string
  onClose: () => void
  children: ReactNode
}

/** A modal dialog: the browser keeps the focus inside and gives it back. A click beside it closes it. */
export function Dialog({ label, className, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    if (dialog && !dialog.open) dialog.showModal()
    return () => {
      dialog?.close()
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
        onClose()
      }}
      onClick={event => event.target === ref.current && onClose()}
    >
      <button type="button" className="icon-button dialog-close" aria-label={t.movie.close} onClick={onClose}>
        <Icon name="close" />
      </button>
      {children}
    </dialog>
  )
}
