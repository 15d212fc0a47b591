import { memo, Suspense, useEffect, useSyncExternalStore } from 'react'
import { Provider } from 'urql'
import { Route, Router, Switch, useLocation, useSearch } from 'wouter'
import { decoded, root } from './api/place'
import { useStore } from './api/store'
import { Door } from './pages/door'
import { Home } from './pages/home'
import { MovieDialog } from './pages/movie-dialog'
import { Boundary } from './parts/boundary'
import { Failure } from './parts/failure'
import { Icon } from './parts/icon'
import { later } from './parts/later'
import { overNow } from './parts/movie-link'
import { Toasts } from './parts/toasts'
import { SessionContext, session, useSession } from './session/session'
import { Announcer } from './shell/announcer'
import { Footer, TabBar } from './shell/footer'
import { Header } from './shell/header'
import { useKeys } from './shell/keys'
import { useScrollKept } from './shell/scroll'
import { ShortcutsDialog } from './shell/shortcuts'
import { t } from './strings'

const Browse = later(() => import('./pages/browse').then(m => m.Browse))
const Movie = later(() => import('./pages/movie').then(m => m.MoviePage))
const HistoryPage = later(() => import('./pages/history').then(m => m.HistoryPage))
const Taste = later(() => import('./pages/taste').then(m => m.TastePage))
const Welcome = later(() => import('./pages/welcome').then(m => m.WelcomePage))
const Pipeline = later(() => import('./pages/pipeline').then(m => m.PipelinePage))
const Trail = later(() => import('./pages/trail').then(m => m.TrailPage))

export function App() {
  const now = useStore(session)
  return (
    <SessionContext value={now} key={now.person?.id ?? ''}>
      <Provider value={now.queries}>
        <Router base={root}>
          <Boundary at="" home>
            <Shell signedIn={now.person !== undefined} />
          </Boundary>
        </Router>
      </Provider>
    </SessionContext>
  )
}

function Shell({ signedIn }: { signedIn: boolean }) {
  const [location] = useLocation()
  useSearch() // a film's dialog opens and closes without a change of path when only the state differs
  useKeys()
  const over = location.startsWith('/movie/') ? overNow() : undefined
  const page = over ? over.replace(/\?.*$/, '') : location
  useScrollKept(page)
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a plain #main would go to the base address */}
      <a
        className="skip"
        href="#main"
        onClick={event => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        {t.skip}
      </a>
      <Header page={page} />
      <main id="main" tabIndex={-1}>
        {signedIn && <OfflineNote />}
        <Boundary at={page} home>
          <Suspense>
            <Pages page={page} signedIn={signedIn} />
          </Suspense>
        </Boundary>
      </main>
      <Footer />
      <TabBar page={page} />
      {over && <MovieDialog id={location.slice('/movie/'.length)} over={over} />}
      <ShortcutsDialog />
      <Toasts />
      <Announcer />
    </>
  )
}

/** A film that opens over a page is no change to it. */
const Pages = memo(function Pages({ page, signedIn }: { page: string; signedIn: boolean }) {
  const own = (element: React.ReactNode, what?: string) => (signedIn ? element : <Door what={what} />)
  return (
    <Switch location={page}>
      <Route path="/">{own(<Home />)}</Route>
      <Route path="/browse">
        <Browse />
      </Route>
      <Route path="/movie/:id">{({ id }) => <Movie id={id} />}</Route>
      <Route path="/history">{own(<HistoryPage />, t.nav.history)}</Route>
      <Route path="/taste">{own(<Taste />, t.nav.taste)}</Route>
      <Route path="/welcome">{own(<Welcome />)}</Route>
      <Route path="/sign-in">
        <Door />
      </Route>
      <Route path="/pipeline">{own(<Pipeline />, t.nav.pipeline)}</Route>
      <Route path="/pipeline/:id">{({ id }) => own(<Trail id={decoded(id)} />, t.nav.pipeline)}</Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  )
})

/** Says that what is on screen is from before. */
function OfflineNote() {
  const { live } = useSession()
  const link = useSyncExternalStore(live!.onChange, () => live!.link)
  if (link !== 'offline') return null
  return (
    <p className="offline-note" role="status">
      <Icon name="warn" /> {t.states.offline}
    </p>
  )
}

function NotFound() {
  useEffect(() => {
    document.title = `${t.states.notFound} · ${t.app}`
  }, [])
  return <Failure message={t.states.notFound} home />
}
