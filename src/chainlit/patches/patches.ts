// What the drop-in changes on a page: all of it goes through here, is listed, and can be undone.

export interface Patches {
  /** What is changed now, in the words of the documentation. */
  readonly list: readonly string[]
  /** Whether the changes stand. A function that somebody else still holds after `restore()` steps aside. */
  readonly active: boolean
  /** Replaces a property, and remembers what was there. Nothing is replaced any more after `restore()`. */
  replace<T extends object, N extends keyof T>(target: T, name: N, value: T[N], label: string): void
  /** Defines a property that may throw when it is read. */
  define(target: object, name: string, descriptor: PropertyDescriptor, label: string): void
  /** Undoes something else together with the changes. */
  alsoUndo(undo: () => void): void
  restore(): void
}

export function createPatches(): Patches {
  const undos: (() => void)[] = []
  let list: string[] = []
  let active = true

  function define(target: object, name: PropertyKey, descriptor: PropertyDescriptor, label: string): void {
    if (!active) return
    const before = Object.getOwnPropertyDescriptor(target, name)
    Object.defineProperty(target, name, { ...descriptor, configurable: true })
    const own = Object.getOwnPropertyDescriptor(target, name)
    list.push(label)
    undos.push(() => {
      // Whoever patched on top of it keeps their patch, which calls ours, which steps aside.
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
    replace(target, name, value, label) {
      define(target, name, { value, writable: true, enumerable: true }, label)
    },
    alsoUndo: (undo) => void undos.push(undo),
    restore() {
      active = false
      for (const undo of undos.splice(0).reverse()) attempt(undo)
      list = []
    },
  }
}

function attempt(undo: () => void): void {
  try {
    undo()
  } catch {
    // Somebody has locked the property since. It stays and steps aside; the others are undone all the same.
  }
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  return one?.value === other?.value && one?.get === other?.get
}
