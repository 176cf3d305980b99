import type { TeamsSettings } from './settings.js'
import { shownPageOf } from './tab.js'
import type { Peer } from './wire.js'

/** The newest runtime that this host can describe. */
const NEWEST_API_VERSION = 4
/** What the host says of its own SDK. Teams has sent this for years. */
const HOST_SDK_VERSION = '2.0.1'

/**
 * The answer to `initialize`.
 *
 * Teams puts the runtime last. teams-js takes it from either place, but installs the bridge of nested app auth only if
 * it finds the runtime there.
 */
export function initializeReply(settings: TeamsSettings, requestedVersion: unknown, peer: Peer): readonly unknown[] {
  const { clientType, replyOrder } = settings
  const frameContext = frameContextOf(settings, peer)
  if (replyOrder === 'legacy') return [frameContext, clientType]
  const runtime = JSON.stringify(runtimeOf(settings, requestedVersion))
  if (replyOrder === 'typed') return [frameContext, clientType, runtime, HOST_SDK_VERSION]
  return [frameContext, clientType, HOST_SDK_VERSION, runtime]
}

/** An SDK rejects a runtime that is newer than the one it asked for. */
function apiVersionOf({ apiVersion }: TeamsSettings, requested: unknown): number {
  return apiVersion ?? Math.min(NEWEST_API_VERSION, typeof requested === 'number' ? requested : 1)
}

function runtimeOf(settings: TeamsSettings, requestedVersion: unknown): object {
  const { nested, notifySuccessResponse } = settings
  return {
    apiVersion: apiVersionOf(settings, requestedVersion),
    hostVersionsInfo: { adaptiveCardSchemaVersion: { majorVersion: 1, minorVersion: 5 } },
    isLegacyTeams: false,
    isNAAChannelRecommended: nested.recommended,
    isDeeplyNestedAuthSupported: false,
    // Only what the handlers answer: an app that asks `isSupported()` must not wait for the rest.
    supports: {
      pages: { config: {}, ...(!isPhone(settings) && { appButton: {}, tabs: {} }) },
      teamsCore: {},
      ...(nested.bridge && { nestedAppAuth: {} }),
      ...(notifySuccessResponse && { app: { notifySuccessResponse: {} } }),
    },
  }
}

/** Teams has its list of tabs and its app button only where there is room for them. */
function isPhone({ clientType }: TeamsSettings): boolean {
  return ['android', 'ios', 'ipados'].includes(clientType)
}

/** The context in the flat form of the wire, which `app.getContext()` turns into the documented one. */
export function hostContextOf(settings: TeamsSettings, peer: Peer): object {
  const { user } = settings
  return {
    locale: 'en-us',
    theme: settings.theme,
    sessionId: 'host-session',
    appSessionId: 'app-session',
    hostName: settings.hostName,
    hostClientType: settings.clientType,
    ringId: 'general',
    frameContext: frameContextOf(settings, peer),
    ...shownPageOf(settings),
    isFullScreen: false,
    isMultiWindow: false,
    tid: user.tenantId,
    userObjectId: user.objectId,
    userPrincipalName: user.username,
    userDisplayName: user.name,
    loginHint: user.loginHint ?? user.username,
    userLicenseType: 'Unknown',
    osLocaleInfo: { platform: 'web', regionalFormat: 'en-us' },
    hostAncestors: [],
    ...settings.context,
  }
}

function frameContextOf({ frameContext }: TeamsSettings, peer: Peer): string {
  return peer === 'popup' ? 'authentication' : frameContext
}
