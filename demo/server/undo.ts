/** Has something done at the end. */
export type AtEnd = (end: () => unknown) => void

/** Starts something of several parts. What was started before a part failed is ended, as by `close()`: the last part first. */
export async function startWithUndo<T>(start: (atEnd: AtEnd) => Promise<T>): Promise<T & { close(): Promise<void> }> {
  const ends: (() => unknown)[] = []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start((end) => ends.push(end))), close }
  } catch (error) {
    await close()
    throw error
  }
}
