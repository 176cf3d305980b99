import { readable } from 'svelte/store'
import { auth } from './auth'

/** The state of `auth`, as a store. */
export const authState = readable(auth.state, (set) => {
  set(auth.state)
  return auth.subscribe(set)
})
