/** Where the app lives, as the page's base element says: "/" or "/films/". */
export const base = new URL('.', document.baseURI).pathname

/** The same without its last slash, to put before a path: "" or "/films". */
export const root = base.slice(0, -1)

export const endpoint = new URL('graphql', document.baseURI).href

export const liveEndpoint = endpoint.replace(/^http/, 'ws')

/** Global ids in addresses: /movie/541 is movie:541. */
export const movieNumber = (id: string): string => id.replace(/^movie:/, '')
export const movieId = (number: string): string => (number.includes(':') ? number : `movie:${number}`)
/** A part of an address in plain text. One that was mistyped or cut off is taken as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
export const moviePath = (id: string): string => `/movie/${encodeURIComponent(movieNumber(id))}`
export const trailPath = (id: string): string => `/pipeline/${encodeURIComponent(id)}`
