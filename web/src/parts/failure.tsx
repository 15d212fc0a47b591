import { Link } from 'wouter'
import { t } from '../strings'
import { Icon } from './icon'

interface Props {
  message: string
  retry?: () => void
  home?: boolean
}

/** What went wrong, and the way on. */
export function Failure({ message, retry, home }: Props) {
  return (
    <div className="failure" role="alert">
      <Icon name="warn" />
      <h1>{home ? message : t.states.problem}</h1>
      {!home && <p>{message}</p>}
      <div className="buttons">
        {retry && (
          <button type="button" className="button primary" onClick={retry}>
            <Icon name="refresh" /> {t.states.retry}
          </button>
        )}
        {home && (
          <Link to="/" className={retry ? 'button' : 'button primary'}>
            {t.states.home}
          </Link>
        )}
      </div>
    </div>
  )
}

/** Why a list does not go on, above the button that tries again. */
export function NoMore({ message }: { message: string }) {
  return (
    <p className="no-more" role="alert">
      <Icon name="warn" /> {message}
    </p>
  )
}
