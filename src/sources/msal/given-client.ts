// The client that the app has handed over as `browser.client`. Loaded only then.

import type { Configuration, EventMessage, IPublicClientApplication } from '@azure/msal-browser'
import { withDeadline } from '../../shared/deadline.js'
import { isFunction, isObject } from '../../shared/validate.js'
import type { Refusal } from '../source.js'
import { accountForLogout, INTERACTION_KEY } from './accounts.js'
import type { ClientContext } from './client.js'
import { readPendingRedirect } from './response.js'

/** An app initializes its client as it starts, and that sends no request. */
const INITIALIZE_DEADLINE_MS = 10_000
/** For the response to a redirect of the app's own. */
const RESPONSE_DEADLINE_MS = 45_000

/** After these events of MSAL's another account can be signed in, or none. */
const CHANGE = /^msal:(loginSuccess|logout(Success|End)|activeAccountChanged|account(Added|Removed))$/

export interface GivenClient {
  readonly client: IPublicClientApplication
  readonly configuration: Configuration
  /** Tells the app that nobody is signed in any more. */
  tellApp(): void
  /** Does nothing: it goes on to be the app's. */
  close(): void
}

/**
 * Waits until the app has initialized its client, and until that has the response if the page comes back from a sign-in of the
 * app's own.
 *
 * Initialized twice at the same time MSAL makes two keys for what it encrypts, so that is left to the app.
 *
 * @param onChange - called when the app may have signed in or out, or switched the account
 */
export async function openGivenClient(
  context: ClientContext,
  onChange: (hasSignedIn: boolean) => void,
): Promise<GivenClient | Refusal> {
  const client = context.settings.client as unknown as IPublicClientApplication
  const misfit = misfitOf(client, context)
  if (misfit) return { refused: 'config_invalid', ...misfit }
  const initialized = await untilInitialized(client)
  if (initialized !== true) return { refused: 'config_invalid', ...NOT_INITIALIZED }
  const hasSignedIn = isWaiting(context) && (await responseOf(client))
  if (context.disposed.aborted) return { refused: 'disposed' }
  if (hasSignedIn) onChange(true)
  const stop = listen(client, ({ eventType }) => CHANGE.test(eventType) && onChange(eventType === 'msal:loginSuccess'))
  context.disposed.addEventListener('abort', stop)
  return {
    client,
    configuration: client.getConfiguration() as Configuration,
    tellApp() {
      const account = accountForLogout(undefined, context.settings.authority)
      context.library.tellOfSignOut(client, account).catch(() => {})
    },
    close() {},
  }
}

interface Misfit {
  readonly message: string
  readonly remedy: string
}

const NO_CLIENT: Misfit = {
  message: '`browser.client` must be a PublicClientApplication of MSAL.',
  remedy: 'Hand over the client itself, and await what createStandardPublicClientApplication() returns.',
}

const NOT_INITIALIZED: Misfit = {
  message: `\`browser.client\` was not initialized within ${INITIALIZE_DEADLINE_MS / 1_000} s.`,
  remedy: 'Call its initialize() when the page starts.',
}

/** Why the client cannot be used with these options. */
function misfitOf(client: IPublicClientApplication, { settings, window }: ClientContext): Misfit | undefined {
  if (!isClient(client)) return NO_CLIENT
  const { clientId, authority = '', redirectUri = '', clientCapabilities = [] } = client.getConfiguration().auth
  if (clientId.toLowerCase() !== settings.clientId) return differs('clientId', clientId, settings.clientId)
  const wanted = `${settings.authority}/${settings.tenant}`
  if (authority.toLowerCase().replace(/\/+$/, '') !== wanted)
    return differs('authority', authority, `${wanted}, as \`authority\` and \`tenant\` say`)
  const lacking = settings.clientCapabilities?.find((each) => !clientCapabilities.includes(each))
  if (lacking)
    return differs('clientCapabilities', `${clientCapabilities}`, `['${lacking}'], as \`clientCapabilities\` says`)
  const { href, origin } = window.location
  return new URL(redirectUri, href).origin === origin
    ? undefined
    : differs('redirectUri', redirectUri, `a page of ${origin}`)
}

function isClient(value: unknown): boolean {
  const { getConfiguration, acquireTokenSilent, addEventCallback } = value as Record<string, unknown>
  return isObject(value) && [getConfiguration, acquireTokenSilent, addEventCallback].every(isFunction)
}

function differs(name: string, given: string, wanted: string): Misfit {
  return {
    message: `The ${name} of \`browser.client\` is ${given}, not ${wanted}.`,
    remedy: 'Configure createAuth() and the client alike.',
  }
}

/** Where MSAL does not say whether it is initialized, it is taken to be: else its first call refuses. */
async function untilInitialized(client: IPublicClientApplication): Promise<boolean> {
  const { controller } = client as { controller?: { initialized?: boolean } }
  if (controller?.initialized !== false) return true
  let stop = () => {}
  const ended = new Promise<boolean>((resolve) => {
    stop = listen(client, ({ eventType }) => eventType === 'msal:initializeEnd' && resolve(true))
  })
  return withDeadline(ended, INITIALIZE_DEADLINE_MS, () => false).finally(stop)
}

/** Whether a redirect of the app's own has begun in this tab. Nobody else is to take the response to it. */
function isWaiting({ window, settings }: ClientContext): boolean {
  if (readPendingRedirect(window, settings.clientId)) return false
  try {
    return window.sessionStorage.getItem(INTERACTION_KEY)?.includes(settings.clientId) === true
  } catch {
    return false // blocked, and then MSAL could not begin one
  }
}

/** MSAL has one promise of it, whoever asks first. The app learns of a failure by itself. */
async function responseOf(client: IPublicClientApplication): Promise<boolean> {
  const handled = client.handleRedirectPromise().then(
    (result) => result !== null,
    () => false,
  )
  return withDeadline(handled, RESPONSE_DEADLINE_MS, () => false)
}

function listen(client: IPublicClientApplication, onEvent: (event: EventMessage) => unknown): () => void {
  const id = client.addEventCallback((event) => void onEvent(event))
  return () => id !== null && client.removeEventCallback(id)
}
