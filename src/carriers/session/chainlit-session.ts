import { AuthError } from '../../shared/errors.js'
import type { SessionAdapter } from './adapter.js'

/** Chainlit's default for `user_session_timeout`, where the server does not say how long a session lives. */
const DEFAULT_SESSION_MS = 15 * 24 * 60 * 60_000

/**
 * The session of a Chainlit that has `twodoor[chainlit]`, for a page of your own: `/auth/header` sets its cookie, `/user` names its
 * user, `/logout` ends it. On Chainlit's own page the script tag does all of it.
 *
 * ```ts
 * const session = keepSession(auth, chainlitSession('https://chat.contoso.com'))
 * await session.ready                       // now the page may connect to Chainlit
 * ```
 *
 * @param url - where Chainlit is served. Default: the root of this origin
 */
export function chainlitSession(url = '/'): SessionAdapter {
  return {
    url,
    begin: { method: 'POST', path: '/auth/header', headers: { 'Content-Type': 'application/json' }, body: '{}' },
    probe: { method: 'GET', path: '/user' },
    end: { method: 'POST', path: '/logout' },
    tellsContext: true,
    read({ headers, body }, asked) {
      if (asked === 'begin') {
        const statedMs = Number(headers.get('X-Twodoor-Expires-In-Ms'))
        return { expiresInMs: statedMs > 0 ? statedMs : DEFAULT_SESSION_MS }
      }
      const { identifier } = Object(body) as { identifier?: unknown }
      return { key: isAccountKey(identifier) ? identifier : undefined }
    },
    refuse({ status, body }, asked) {
      if (asked !== 'begin') return undefined
      const { detail } = Object(body) as { detail?: unknown }
      if (status === 400 && /header_auth_callback/.test(String(detail)))
        return new AuthError('config_invalid', { phase: 'session', message: NO_CALLBACK })
      if (status !== 403) return undefined
      if (detail === TURNED_AWAY)
        return new AuthError('denied', { phase: 'session', message: NOT_ADMITTED, remedy: HOW_TO_ADMIT })
      const message = 'The server does not accept requests from this origin.'
      const remedy = 'Name this origin in `public_origin` of setup().'
      return new AuthError('session_refused', { phase: 'session', message, remedy })
    },
  }
}

/** Whether a user of Chainlit is named as twodoor names accounts: `Account.key`. */
export function isAccountKey(identifier: unknown): identifier is string {
  return typeof identifier === 'string' && identifier.startsWith('entra:')
}

/** Chainlit's word for a user that a callback of the app has not let in. As 403 it is one with a good token. */
const TURNED_AWAY = 'credentialssignin'
const NOT_ADMITTED = 'The server does not let this user in, although the token is good.'
const HOW_TO_ADMIT = 'Give them a role that `roles` of setup() names, or see what `user` of setup() decides.'

/** Without it Chainlit cannot take a token. */
export const NO_CALLBACK = 'Chainlit has no `@cl.header_auth_callback`: register one in app.py.'
