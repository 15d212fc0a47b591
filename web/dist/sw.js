// Keeps the app's own files, so that it opens without a connection. Nothing of a person is kept here: the app itself keeps
// the last ranking. While there is a connection, pages come from the server: a new version is seen at once.
const shelf = 'webflix'
const shell = new URL('.', location.href).href

self.addEventListener('install', event => {
  self.skipWaiting()
  // Where browsers can be told: what is asked of the API does not wait for this worker to wake up.
  event.addRoutes?.({ condition: { requestMethod: 'POST' }, source: 'network' }).catch(() => undefined)
  event.waitUntil(refresh())
})
self.addEventListener('activate', event => {
  event.waitUntil(Promise.all([self.clients.claim(), self.registration.navigationPreload?.enable()]))
})
self.addEventListener('fetch', event => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(shell)) return
  if (request.mode === 'navigate') {
    const page = event.preloadResponse.then(early => early ?? fetch(request))
    event.respondWith(page.catch(() => kept(shell)))
    event.waitUntil(refresh())
  } else if (request.url.startsWith(`${shell}assets/`)) event.respondWith(asset(request))
  else if (/\/(theme\.js|icon\.svg)$/.test(request.url)) event.respondWith(fetch(request).catch(() => kept(request)))
})

const kept = async request => (await caches.match(request)) ?? Response.error()

/** Keeps the page anew, and what it begins with. When it has changed, the files of the version before go. */
async function refresh() {
  const page = await fetch(shell, { cache: 'no-cache' }).catch(() => undefined)
  if (!page?.ok) return
  const text = await page.clone().text()
  const before = await caches.match(shell)
  if (before && (await before.text()) === text) return
  await caches.delete(shelf)
  const cache = await caches.open(shelf)
  const files = [...text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => new URL(file, shell).href)
  await cache.addAll(files)
  await cache.put(shell, page)
}

/** A file in assets never changes under its name. */
async function asset(request) {
  const known = await caches.match(request)
  if (known) return known
  const response = await fetch(request)
  if (response.ok) await (await caches.open(shelf)).put(request, response.clone())
  return response
}
