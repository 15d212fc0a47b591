import { type ComponentType, createElement, lazy } from 'react'
import { t } from '../strings'

/** A part of the app that could not be loaded. Who has shown that forgets it: the part is asked for again when it is next shown. */
export class MissingPart extends Error {
  readonly forget: () => void
  constructor(message: string, forget: () => void) {
    super(message)
    this.forget = forget
  }
}

/**
 * A part of the app with a file of its own, which is loaded when it is first shown. An upgrade takes the files of the version
 * before: the page is loaded anew then, by itself once for each version, so that it cannot go round in circles.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  const part = () =>
    lazy(async () => {
      try {
        return { default: await load() }
      } catch {
        const served = await serverAnswers()
        if (served && firstTime()) return await renew()
        throw new MissingPart(served ? t.states.missingPart : t.states.noConnection, forget)
      }
    })
  let Part = part()
  const forget = () => {
    Part = part()
  }
  return function Later(props: Props) {
    return createElement(Part as ComponentType<Props>, props)
  }
}

/** Loads the page anew if the server is there to send it; without it there would be no page at all. */
export async function loadAnew(): Promise<void> {
  if (await serverAnswers()) await renew()
}

/** Never returns: the page goes. */
function renew(): Promise<never> {
  location.reload()
  return new Promise(() => undefined)
}

async function serverAnswers(): Promise<boolean> {
  const page = await fetch(new URL('.', document.baseURI), { cache: 'no-store' }).catch(() => undefined)
  return page?.ok === true
}

/** Whether this version has not been left for a missing part before. A browser that keeps nothing is never sure. */
function firstTime(): boolean {
  const key = `webflix.left ${document.querySelector<HTMLScriptElement>('script[type="module"]')?.src}`
  try {
    if (sessionStorage.getItem(key)) return false
    sessionStorage.setItem(key, '1')
    return true
  } catch {
    return false
  }
}
