// The parts of a real `Auth` that `createTestAuth` is made of, so that it behaves like one. No other file of testing/
// reaches into the client, except for its public types.

export { followAccount } from '../account/account-listeners.js'
export { isEvent } from '../account/sign-in-options.js'
export { errorOfState, isNobody } from '../account/state.js'
export { createStateStore } from '../account/store.js'
export { bindCall } from '../carriers/fetch/call.js'
export { fetchWithToken } from '../carriers/fetch/fetch-with-token.js'
export { attachInternals } from '../carriers/internals.js'
export type { Listeners } from '../engine.js'
export { explain } from '../explain.js'
export { checkResource, checkResources } from '../settings.js'
