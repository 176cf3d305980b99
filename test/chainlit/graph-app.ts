// The app of these tests that asks Microsoft Graph on behalf of its users, with msal beside Chainlit's libraries.

import { ensureChainlit } from '../../scripts/chainlit.js'
import { ensurePythonPackages } from '../../scripts/python-packages.js'
import type { ChainlitOptions, OpenedChainlit } from './chainlit.js'
import { CLIENT_SECRET } from './surroundings.js'

/** @param more further variables of its environment */
export async function graphApp(more: Readonly<Record<string, string>> = {}): Promise<ChainlitOptions> {
  const packages = await ensurePythonPackages(await ensureChainlit(), 'msal 1.39.0')
  return { app: 'graph', env: { CLIENT_SECRET, PYTHONPATH: packages, ...more } }
}

/** What the sessions have asked their pages: each by its random name. */
export function questionsOf({ world }: OpenedChainlit): string[] {
  const asked = world.requests.map(({ headers }) => headers['x-twodoor-question'])
  return [...new Set(asked.filter((each) => typeof each === 'string'))]
}
