// The app of these tests that asks Microsoft Graph on behalf of its users, with msal beside Chainlit's libraries.

import type { ChainlitOptions, OpenedChainlit } from './chainlit.js'
import { CLIENT_SECRET } from './surroundings.js'

/** @param more further variables of its environment */
export function graphApp(more: Readonly<Record<string, string>> = {}): ChainlitOptions {
  return { app: 'graph', packages: ['msal 1.39.0'], env: { CLIENT_SECRET, ...more } }
}

/** What the sessions have asked their pages: each by its random name. */
export function questionsOf({ world }: OpenedChainlit): string[] {
  const asked = world.requests.map(({ headers }) => headers['x-twodoor-question'])
  return [...new Set(asked.filter((each) => typeof each === 'string'))]
}
