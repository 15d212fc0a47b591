// Before the first paint, so that a light page never flashes dark.
try {
  document.documentElement.dataset.theme = localStorage.getItem('webflix.theme') || 'dark'
} catch {
  document.documentElement.dataset.theme = 'dark'
}
