/** A store that several servers can share. */
export function memoryStore() {
  const values = new Map<string, string>()
  return {
    values,
    get: async (name: string) => values.get(name),
    set: async (name: string, text: string) => values.set(name, text),
  }
}
