import { Store, useStore } from '../api/store'
import { Dialog } from '../parts/dialog'
import { t } from '../strings'

export const shortcutsShown = new Store(false)

export function ShortcutsDialog() {
  const open = useStore(shortcutsShown)
  if (!open) return null
  return (
    <Dialog label={t.shortcuts.title} className="dialog-small" onClose={() => shortcutsShown.set(false)}>
      <h2>{t.shortcuts.title}</h2>
      <dl className="shortcuts">
        {t.shortcuts.list.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
