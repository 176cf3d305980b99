// What the two apps of the comparison have in common: what they are asked to do.

import type { AuthOptions } from '../../src/index.js'

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
  }
}
