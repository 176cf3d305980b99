import type { Choice } from './choices.js'

/** What a select remembers over a reload of the page: the name of a choice. */
export interface Chooser {
  readonly name: string
}

/** Fills a select, which goes on with what was chosen last. `chosen` is called for each later choice. */
export function choose(
  select: HTMLSelectElement,
  choices: Readonly<Record<string, Pick<Choice, 'label' | 'group'>>>,
  { fallback, key }: { readonly fallback: string; readonly key: string | undefined },
  chosen: (name: string) => void,
): Chooser {
  for (const [value, { label, group }] of Object.entries(choices))
    placeOf(select, group).append(new Option(label, value))
  const last = key === undefined ? null : localStorage.getItem(key)
  select.value = last !== null && Object.hasOwn(choices, last) ? last : fallback
  select.addEventListener('change', () => {
    if (key !== undefined) localStorage.setItem(key, select.value)
    chosen(select.value)
  })
  return {
    get name() {
      return select.value
    },
  }
}

function placeOf(select: HTMLSelectElement, label: string | undefined): HTMLElement {
  if (label === undefined) return select
  const known = [...select.querySelectorAll('optgroup')].find((each) => each.label === label)
  if (known) return known
  const made = document.createElement('optgroup')
  made.label = label
  select.append(made)
  return made
}
