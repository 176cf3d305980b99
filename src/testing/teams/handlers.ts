import type { TeamsFunction } from './functions.js'
import { type HostBridge, readBridgeRequest } from './nested.js'
import type { Notifications } from './notifications.js'
import { hostContextOf, initializeReply } from './runtime.js'
import type { TeamsUser } from './settings.js'
import type { HostSso } from './sso.js'
import { createTab, type TabContext } from './tab.js'
import type { Handler, HostAnswer, Peer } from './wire.js'

/** The sign-in window, where the host can open one. */
export interface SignInWindow {
  authenticate(args: readonly unknown[]): Promise<HostAnswer>
  /** Called with the result of the window. */
  authenticated(answer: HostAnswer): void
}

export interface HandlersContext extends TabContext {
  readonly sso: HostSso
  readonly nested: HostBridge
  readonly notifications: Notifications
  /** The events that the app has registered for. */
  readonly registered: Set<unknown>
  readonly signInWindow: SignInWindow
}

/** What the host does for each function that it knows. */
export function createHandlers(context: HandlersContext): Partial<Record<string, Handler>> {
  const { settings, sso, nested, notifications, registered, signInWindow } = context

  /** Only the sign-in window can send its result. */
  function authenticated(peer: Peer, answer: HostAnswer): undefined {
    if (peer === 'popup') signInWindow.authenticated(answer)
  }

  return {
    ...createTab(context),
    initialize({ args }, peer) {
      if (peer === 'app') registered.clear() // the app was loaded anew
      return initializeReply(settings(), args[1], peer)
    },
    getContext: (_, peer) => [hostContextOf(settings(), peer)],
    registerHandler: ({ args }) => void registered.add(args[0]),
    'authentication.getAuthToken': ({ args }) => sso.getAuthToken(args),
    'authentication.authenticate': ({ args }, peer) =>
      peer === 'app' ? signInWindow.authenticate(args) : notFromPopup,
    'authentication.getUser': () => [true, profileOf(settings().user)],
    'authentication.authenticate.success': ({ args }, peer) => authenticated(peer, [true, args[0]]),
    'authentication.authenticate.failure': ({ args }, peer) => authenticated(peer, [false, args[0]]),
    'appInitialization.appLoaded': ({ args }) => notifications.notify('appLoaded', args),
    'appInitialization.success'({ args }) {
      notifications.notify('success', args)
      return settings().notifySuccessResponse ? [undefined] : undefined
    },
    'appInitialization.failure': ({ args }) => notifications.notify('failure', args),
    'appInitialization.expectedFailure': ({ args }) => notifications.notify('expectedFailure', args),
    async 'nestedAppAuth.execute'({ data }) {
      const request = readBridgeRequest(data)
      return request && [null, await nested.answer(request)] // teams-js reads the second argument
    },
  } satisfies Partial<Record<TeamsFunction, Handler>>
}

const notFromPopup: HostAnswer = [false, 'FailedToOpenWindow']

/** The claims of the user that a host knows without asking anybody. */
function profileOf({ tenantId, objectId, username, name }: TeamsUser): object {
  return { tid: tenantId, oid: objectId, upn: username, unique_name: username, ...(name && { name }) }
}
