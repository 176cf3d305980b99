/** Makes elements of markup. Only constants of this program come here: everything else is set as text. */
export function fill(root: Element, markup: string): (name: string) => HTMLElement {
  root.insertAdjacentHTML('beforeend', markup)
  return (name) => {
    const found = root.querySelector<HTMLElement>(`[data-part="${name}"]`)
    if (!found) throw new Error(`The page has no part named ${name}.`)
    return found
  }
}

/** The part of a page that has the app, with the headings that are there already. */
export function mainOf({ body }: Document): HTMLElement {
  return body.querySelector('main') ?? body
}

/** An element with a class and a text. */
export function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

/** Appends to a list that keeps only its newest entries, and shows the last one. */
export function appendTo(list: HTMLElement, entry: HTMLElement, limit: number): void {
  list.append(entry)
  while (list.childElementCount > limit) list.firstElementChild?.remove()
  list.scrollTop = list.scrollHeight
}

/** The clock time, to the minute, the second or the millisecond. */
export function timeOf(at: number, precision: 'minute' | 'second' | 'millisecond' = 'second'): string {
  return new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(precision !== 'minute' && { second: '2-digit' }),
    ...(precision === 'millisecond' && { fractionalSecondDigits: 3 }),
  })
}

/** How long something takes or lasts, to the second. */
export function spanOf(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** A key short enough to compare at a glance: the ends of the tenant's and the person's ID. */
export function shortKey(key: string): string {
  const [scheme = '', tenant = '', object = ''] = key.split(':')
  return `${scheme}:${tenant.slice(0, 4)}…${tenant.slice(-4)}:${object.slice(0, 4)}…${object.slice(-4)}`
}

export function initialsOf(name = ''): string {
  const initials = name.split(' ').map((word) => word.charAt(0))
  return initials.join('').slice(0, 2)
}
