// The browser doors: windows of their own, over the places that the stage keeps for them.

const opened = new Map<string, Window>()

/**
 * Opens `url` in the window called `name`, over `place`, or brings that window to the front. `false` where the browser
 * opens no such windows.
 */
export function openWindow(url: string, name: string, place: Element): boolean {
  const known = opened.get(name)
  if (known && !known.closed) {
    known.focus()
    return true
  }
  const { left, top, width, height } = place.getBoundingClientRect()
  const x = window.screenX + (window.outerWidth - window.innerWidth) / 2 + left
  const y = window.screenY + (window.outerHeight - window.innerHeight) + top
  const features = Object.entries({ left: x, top: y, width, height }).map(
    ([key, value]) => `${key}=${Math.round(value)}`,
  )
  const made = window.open(url, name, `popup,${features.join(',')}`)
  if (made) opened.set(name, made)
  return made !== null
}

export function isOpen(name: string): boolean {
  return opened.get(name)?.closed === false
}

/** After a click on the stage, which has brought the stage itself to the front. */
export function raiseWindows(): void {
  for (const each of opened.values()) if (!each.closed) each.focus()
}
