// What pages have in common: what they are told, and what they are asked to do.

import type { Auth, AuthOptions } from '../../src/index.js'

/** An app, as the benchmark sees it. */
export interface MeasuredApp {
  /** Milliseconds from the start of the navigation to the first authenticated response; `undefined` with nobody signed in. */
  readonly answered: Promise<number | undefined>
  signIn(): Promise<unknown>
}

declare global {
  interface Window {
    config: { options: AuthOptions }
    measured: MeasuredApp
    /** Of the pages that somebody signs in to before they are measured. */
    auth: Auth
  }
}
