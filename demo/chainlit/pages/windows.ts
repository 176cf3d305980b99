// The browser doors of both columns: windows over the places that the stage keeps for them.

import { openWindow } from '../../../src/cli/dev/page/windows.js'

const opened = new Map<string, Window>()

/** As `openWindow`, and remembers the window. */
export function openDoor(url: string, name: string, place: Element): boolean {
  const door = openWindow(url, name, place)
  if (door) opened.set(name, door)
  return door !== undefined
}

export function isOpen(name: string): boolean {
  return opened.get(name)?.closed === false
}

/** After a click on the stage, which has brought the stage itself to the front. */
export function raiseWindows(): void {
  for (const each of opened.values()) if (!each.closed) each.focus()
}
