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
  const [changes, onChange] = React.useReducer((count: number) => count + 1, 0)
  React.useEffect(() => {
    onChange() // between the render and now
    return subscribe(onChange)
  }, [subscribe])
  return changes ? read() : readOnServer()
}
