export type Theme = 'dark' | 'light' | 'system'

/** The theme of theme.js, which reads the same key before the first paint. */
export function themeNow(): Theme {
  const theme = document.documentElement.dataset.theme
  return theme === 'light' || theme === 'system' ? theme : 'dark'
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  try {
    localStorage.setItem('webflix.theme', theme)
  } catch {
    // it lasts for this visit
  }
}
