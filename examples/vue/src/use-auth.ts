import { onScopeDispose, readonly, shallowRef } from 'vue'
import { auth } from './auth'

/** The state of `auth`, as a ref that follows it as long as the component lives. */
export function useAuth() {
  const state = shallowRef(auth.state)
  onScopeDispose(
    auth.subscribe((next) => {
      state.value = next
    }),
  )
  return readonly(state)
}
