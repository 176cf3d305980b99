// An app of nobody's: teams-js and msal-browser as they come from npm, within reach of the test.

import { createNestablePublicClientApplication } from '@azure/msal-browser'
import { app, authentication, nestedAppAuth } from '@microsoft/teams-js'

let client: ReturnType<typeof createNestablePublicClientApplication> | undefined

const vendor = {
  app,
  authentication,
  nestedAppAuth,
  /** One client: without storage, as in a frame of another site, only the client itself remembers its tokens. */
  nestable(clientId: string) {
    client ??= createNestablePublicClientApplication({ auth: { clientId } })
    return client
  },
  themes: [] as string[],
  /** The message of the error that a call rejects with, or what it resolves with. */
  async outcome(call: () => Promise<unknown>): Promise<unknown> {
    try {
      return await call()
    } catch (error) {
      const { name, message, errorCode } = error as Error & { errorCode?: string }
      return { name, message, errorCode }
    }
  },
}

declare global {
  interface Window {
    vendor: typeof vendor
  }
}

window.vendor = vendor
