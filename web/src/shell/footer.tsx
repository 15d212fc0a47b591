import { Link } from 'wouter'
import { Icon } from '../parts/icon'
import { t } from '../strings'
import { isCurrent, pages } from './header'
import { shortcutsShown } from './shortcuts'

export function Footer() {
  return (
    <footer>
      <Link to="/pipeline">{t.footer.pipeline}</Link>
      <button type="button" className="plain" onClick={() => shortcutsShown.set(true)}>
        {t.footer.shortcuts} <kbd aria-hidden="true">?</kbd>
      </button>
      <p>
        {t.footer.data} {t.footer.movieLens}
      </p>
    </footer>
  )
}

/** The pages, within a thumb's reach on small screens. */
export function TabBar({ page }: { page: string }) {
  return (
    <nav className="tabbar" aria-label={t.nav.main}>
      {pages.map(({ path, name, icon }) => (
        <Link key={path} to={path} aria-current={isCurrent(path, page) ? 'page' : undefined}>
          <Icon name={icon} />
          {name}
        </Link>
      ))}
    </nav>
  )
}
