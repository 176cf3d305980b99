// The list of what the drop-in has changed on the page, and how to undo it.

export interface Patches {
  /** What is changed now, as docs/chainlit.md names it. */
  readonly list: readonly string[]
  /** `false` after `restore()`. Other scripts may still hold a patched function, which must then do what the browser does. */
  readonly active: boolean
  /** Replaces a property of `target`, which the list calls `targetName`. Does nothing after `restore()`. */
  replace<T extends object, N extends keyof T & string>(target: T, name: N, value: T[N], targetName: string): void
  /** As `replace`, for a property that may throw when it is read. */
  define(target: object, name: string, descriptor: PropertyDescriptor, label: string): void
  /** Undoes something else together with the changes. */
  alsoUndo(undo: () => void): void
  restore(): void
}

export function createPatches(): Patches {
  const undoSteps: (() => void)[] = []
  let list: string[] = []
  let active = true

  function define(target: object, name: PropertyKey, descriptor: PropertyDescriptor, label: string): void {
    if (!active) return
    const before = Object.getOwnPropertyDescriptor(target, name)
    Object.defineProperty(target, name, { ...descriptor, configurable: true })
    const own = Object.getOwnPropertyDescriptor(target, name)
    list.push(label)
    undoSteps.push(() => {
      // Another script has patched our patch: it keeps its own, which calls ours, which calls the browser.
      if (!isSame(own, Object.getOwnPropertyDescriptor(target, name))) return
      if (before) Object.defineProperty(target, name, before)
      else Reflect.deleteProperty(target, name)
    })
  }

  return {
    get list() {
      return Object.freeze([...list])
    },
    get active() {
      return active
    },
    define,
    replace(target, name, value, targetName) {
      define(target, name, { value, writable: true, enumerable: true }, `${targetName}.${name}`)
    },
    alsoUndo: (undo) => void undoSteps.push(undo),
    restore() {
      active = false
      for (const undo of undoSteps.splice(0).reverse()) tryUndo(undo)
      list = []
    },
  }
}

function tryUndo(undo: () => void): void {
  try {
    undo()
  } catch {
    // Another script has locked the property since. The patch stays, but does nothing; the others are undone.
  }
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  return one?.value === other?.value && one?.get === other?.get
}
