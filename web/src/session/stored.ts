/** What the browser keeps between visits. It may refuse to keep anything; then a visit starts afresh. */
export function load<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(`webflix.${key}`)
    return text === null ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}

export function save(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(`webflix.${key}`)
    else localStorage.setItem(`webflix.${key}`, JSON.stringify(value))
  } catch {
    // private mode or a full disk: nothing is lost but comfort
  }
}
