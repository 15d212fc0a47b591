import { type FormEvent, useDeferredValue, useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { useLocation } from 'wouter'
import { Door as DoorQuery, People, SignIn, Trending } from '../api/documents'
import { useStore } from '../api/store'
import { Failure } from '../parts/failure'
import { Icon } from '../parts/icon'
import { Row } from '../parts/row'
import { complain } from '../parts/toasts'
import { hash } from '../poster/random'
import { enter, farewell, useSession, whoIs } from '../session/session'
import { t } from '../strings'

/** Where people sign in: as anyone, where the server is open for trying out; else with a token. */
export function Door({ what }: { what?: string }) {
  const why = useStore(farewell)
  const [{ data, error }, again] = useQuery({ query: DoorQuery })
  const [trending] = useQuery({ query: Trending, variables: { first: 18 } })
  useEffect(() => {
    document.title = `${t.door.signIn} · ${t.app}`
  }, [])
  if (error)
    return (
      <Failure
        message={error.graphQLErrors[0]?.message ?? t.states.noConnection}
        retry={() => again({ requestPolicy: 'network-only' })}
      />
    )
  return (
    <>
      <section className="door">
        {why === 'expired' && (
          <p className="note" role="status">
            <Icon name="info" /> {t.door.expired}
          </p>
        )}
        {what && <p className="note">{t.door.wanted(what.toLowerCase())}</p>}
        {data?.developmentSignIn ? <Anyone /> : data && <TokenForm />}
      </section>
      <Row
        name="door"
        title={t.door.popular}
        plain={t.door.popular}
        movies={trending.error ? [] : trending.data?.trending}
      />
    </>
  )
}

function Anyone() {
  const session = useSession()
  const [, navigate] = useLocation()
  const [search, setSearch] = useState('')
  const [name, setName] = useState('')
  const term = useDeferredValue(search.trim())
  const [{ data }] = useQuery({ query: People, variables: { first: 14, search: term || null } })
  const people = data?.users?.nodes

  async function go(input: { user?: string; newUserName?: string }) {
    try {
      const { signIn } = await session.command(SignIn, { input })
      if (signIn.__typename !== 'SignInPayload') throw new Error(signIn.message)
      navigate(input.newUserName ? '/welcome' : '/', { replace: true })
      enter(signIn.token, signIn.user)
    } catch (error) {
      complain(t.toast.failed(error instanceof Error ? error.message : ''))
    }
  }
  return (
    <>
      <h1>{t.door.title}</h1>
      <p className="lead">{t.door.lead}</p>
      <div className="field find">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t.door.find}
          placeholder={t.door.find}
          value={search}
          onChange={e => setSearch(e.target.value)}
        />
      </div>
      <ul className="people">
        {people?.map(person => (
          <li key={person.id}>
            <button type="button" onClick={() => void go({ user: person.id })}>
              <Face id={person.id} name={person.name} />
              <span>{person.name}</span>
            </button>
          </li>
        )) ?? Array.from({ length: 14 }, (_, i) => <li key={i} className="person-skeleton" aria-hidden="true" />)}
      </ul>
      {people?.length === 0 && <p className="lead">{t.door.none}</p>}
      <form
        className="newcomer"
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          if (name.trim()) void go({ newUserName: name.trim() })
        }}
      >
        <h2>{t.door.fresh}</h2>
        <p>{t.door.freshLead}</p>
        <div className="field">
          <input
            aria-label={t.door.name}
            placeholder={t.door.name}
            value={name}
            maxLength={60}
            onChange={e => setName(e.target.value)}
          />
          <button type="submit" className="button primary" disabled={!name.trim()}>
            {t.door.go}
          </button>
        </div>
      </form>
    </>
  )
}

/** A person's face: their initial on a colour of their own. */
function Face({ id, name }: { id: string; name: string }) {
  const hue = hash(id + name) % 360
  return (
    <i className="face" ref={e => e?.style.setProperty('--hue', String(hue))} aria-hidden="true">
      {name.charAt(0).toUpperCase()}
    </i>
  )
}

function TokenForm() {
  const [token, setToken] = useState('')
  const [bad, setBad] = useState(false)
  async function go(event: FormEvent) {
    event.preventDefault()
    try {
      const person = await whoIs(token.trim())
      if (person) enter(token.trim(), person)
      setBad(!person)
    } catch {
      setBad(true)
    }
  }
  return (
    <form className="newcomer" onSubmit={go}>
      <h1>{t.door.closed}</h1>
      <p>{t.door.closedLead}</p>
      <div className="field">
        <input
          aria-label={t.door.token}
          placeholder={t.door.token}
          autoComplete="off"
          value={token}
          onChange={e => setToken(e.target.value)}
        />
        <button type="submit" className="button primary" disabled={!token.trim()}>
          {t.door.signIn}
        </button>
      </div>
      {bad && <p role="alert">{t.door.badToken}</p>}
    </form>
  )
}
