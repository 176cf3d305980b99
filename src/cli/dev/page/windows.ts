// A window of its own for the browser door: it is at the top of a window, which no frame ever is.

const opened = new Map<string, Window>()

/**
 * Opens `url` in the window called `name`, over `place`, or brings that window to the front. `undefined` where the browser
 * opens no such windows.
 */
export function openWindow(url: string, name: string, place: Element): Window | undefined {
  const known = opened.get(name)
  if (known && !known.closed) {
    known.focus()
    return known
  }
  const { left, top, width, height } = place.getBoundingClientRect()
  const x = window.screenX + (window.outerWidth - window.innerWidth) / 2 + left
  const y = window.screenY + (window.outerHeight - window.innerHeight) + top
  const features = Object.entries({ left: x, top: y, width, height }).map(
    ([key, value]) => `${key}=${Math.round(value)}`,
  )
  const made = window.open(url, name, `popup,${features.join(',')}`) ?? undefined
  if (made) opened.set(name, made)
  return made
}
