import * as React from 'react'

type UseStore = <T>(subscribe: (onChange: () => void) => () => void, read: () => T, readOnServer: () => T) => T

/** React 17 has none. By a name that is not written out: bundlers refuse an import that does not exist. */
const ofReact = (React as unknown as Record<string, UseStore | undefined>)[['useSync', 'ExternalStore'].join('')]

/** `useSyncExternalStore` of React 18 and 19, and its like for React 17. */
export const useStore: UseStore = ofReact ?? useStoreOfReact17

export function useStoreOfReact17<T>(
  subscribe: (onChange: () => void) => () => void,
  read: () => T,
  readOnServer: () => T,
): T {
  const [seen, see] = React.useState(() => ({ subscribe, value: readOnServer() }))
  React.useEffect(() => {
    const onChange = () => see({ subscribe, value: read() })
    onChange() // between the render and now
    return subscribe(onChange)
    // `read` is another function at each render, and reads the same store for as long as `subscribe` is the same.
  }, [subscribe])
  return seen.subscribe === subscribe ? seen.value : read()
}
