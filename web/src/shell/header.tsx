import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { Icon } from '../parts/icon'
import { useSession } from '../session/session'
import { t } from '../strings'
import { PersonMenu } from './person-menu'

export const pages = [
  { path: '/', name: t.nav.home, icon: 'home' },
  { path: '/browse', name: t.nav.browse, icon: 'search' },
  { path: '/history', name: t.nav.history, icon: 'history' },
  { path: '/taste', name: t.nav.taste, icon: 'taste' },
  { path: '/pipeline', name: t.nav.pipeline, icon: 'pipeline' },
] as const

export const isCurrent = (path: string, page: string) => page === path || (path !== '/' && page.startsWith(`${path}/`))

export function Header({ page }: { page: string }) {
  const { person } = useSession()
  return (
    <header className="top">
      <Link to="/" className="logo">
        <i aria-hidden="true">W</i>
        <span>webflix</span>
      </Link>
      <nav className="main" aria-label={t.nav.main}>
        {pages.map(({ path, name }) => (
          <Link key={path} to={path} aria-current={isCurrent(path, page) ? 'page' : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <Search page={page} />
      {person && <LinkState />}
      {person ? (
        <PersonMenu person={person} />
      ) : (
        <Link to="/sign-in" className="button small">
          {t.door.signIn}
        </Link>
      )}
    </header>
  )
}

/** Search as you type: every letter is in the address, a visit is one entry of the browser's history. */
function Search({ page }: { page: string }) {
  const [, navigate] = useLocation()
  const query = new URLSearchParams(useSearch())
  const there = page === '/browse'
  const inAddress = there ? (query.get('q') ?? '') : ''
  const [text, setText] = useState(inAddress)
  const own = useRef(inAddress)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (inAddress !== own.current) setText(inAddress)
    own.current = inAddress
  }, [inAddress])

  const go = (value: string) => {
    setText(value)
    own.current = value.trim()
    // The letter is painted first; the page follows when the fingers rest.
    clearTimeout(timer.current)
    timer.current = setTimeout(() => show(value), 90)
  }
  const show = (value: string) => {
    const next = there ? new URLSearchParams(location.search) : new URLSearchParams()
    if (value.trim()) next.set('q', value.trim())
    else next.delete('q')
    navigate(`/browse${next.size ? `?${next}` : ''}`, { replace: there })
  }
  return (
    <form role="search" className="search" onSubmit={(event: FormEvent) => event.preventDefault()}>
      <Icon name="search" />
      <label htmlFor="search" className="hidden">
        {t.search.label}
      </label>
      <input
        id="search"
        type="search"
        autoComplete="off"
        placeholder={t.search.placeholder}
        value={text}
        onChange={event => go(event.target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  )
}

function LinkState() {
  const { live } = useSession()
  const link = useSyncExternalStore(live!.onChange, () => live!.link)
  return (
    <div className={`link-state ${link}`} role="status">
      <b aria-hidden="true" />
      {t.link[link]}
    </div>
  )
}
