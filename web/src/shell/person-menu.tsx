import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { Icon } from '../parts/icon'
import { leave, type Person } from '../session/session'
import { t } from '../strings'
import { shortcutsShown } from './shortcuts'
import { setTheme, type Theme, themeNow } from './theme'

const themes: readonly Theme[] = ['dark', 'light', 'system']

/** What belongs to the person: who they are, how the app looks, the way out. */
export function PersonMenu({ person }: { person: Person }) {
  const [open, setOpen] = useState(false)
  const [theme, choose] = useState(themeNow)
  const [, navigate] = useLocation()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!open) return
    const away = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false)
    addEventListener('pointerdown', away)
    addEventListener('focusin', away)
    return () => {
      removeEventListener('pointerdown', away)
      removeEventListener('focusin', away)
    }
  }, [open])

  const go = (action: () => void) => () => {
    setOpen(false)
    action()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what is inside
    <div
      className="person"
      ref={root}
      onKeyDown={event => {
        if (event.key !== 'Escape' || !open) return
        setOpen(false)
        button.current?.focus()
      }}
    >
      <button
        ref={button}
        type="button"
        className="person-button"
        aria-expanded={open}
        aria-controls="person-menu"
        onClick={() => setOpen(!open)}
      >
        <i aria-hidden="true">{person.name.charAt(0).toUpperCase()}</i>
        <span aria-hidden="true">{person.name}</span>
        <span className="hidden">{t.person.menu(person.name)}</span>
      </button>
      {open && (
        <div className="menu" id="person-menu">
          <fieldset>
            <legend>{t.person.theme}</legend>
            {themes.map(name => (
              <label key={name}>
                <input
                  type="radio"
                  name="theme"
                  checked={theme === name}
                  onChange={() => {
                    setTheme(name)
                    choose(name)
                  }}
                />
                {t.person.themes[name]}
              </label>
            ))}
          </fieldset>
          <button type="button" onClick={go(() => navigate('/welcome'))}>
            <Icon name="spark" /> {t.person.welcome}
          </button>
          <button type="button" onClick={go(() => shortcutsShown.set(true))}>
            <Icon name="info" /> {t.person.shortcuts}
          </button>
          <button type="button" onClick={go(() => navigate('/sign-in'))}>
            <Icon name="people" /> {t.person.switch}
          </button>
          <button
            type="button"
            onClick={go(() => {
              navigate('/')
              leave()
            })}
          >
            <Icon name="out" /> {t.person.leave}
          </button>
        </div>
      )}
    </div>
  )
}
