import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/cards.css'
import './styles/home.css'
import { createRoot } from 'react-dom/client'
import { App } from './app'

createRoot(document.getElementById('root')!).render(<App />)

// Plain http beyond this machine has no service worker, and does without.
if (import.meta.env.PROD) navigator.serviceWorker?.register('./sw.js').catch(() => undefined)
