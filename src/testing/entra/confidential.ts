// How a server proves itself: by its secret, or by an assertion that it signs with the key of a certificate (RFC 7523 §2.2).

import { isObject } from '../../shared/validate.js'
import { type Denial, UNAUTHORIZED_STATUS } from './aadsts.js'
import type { EntraCall } from './call.js'
import type { EntraSettings } from './settings.js'

/** Loaded by what verifies alone, as in keys.ts. */
const loadJose = () => import('jose')

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Why the server that asks is not the one of the app.
 *
 * @param withoutProof the number of the error where it does not even try
 */
export async function refuseServer(
  settings: EntraSettings,
  { form, origin, path, authority }: EntraCall,
  withoutProof: number,
): Promise<Denial | undefined> {
  if (origin) return { code: 9002326 }
  const assertion = form.get('client_assertion')
  if (assertion !== undefined) {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return unauthorized(700027)
    const refused = await refuseAssertion(settings, assertion, [
      `${settings.url}${path}`,
      `${settings.url}/${authority}/v2.0`,
    ])
    return refused === undefined ? undefined : unauthorized(refused)
  }
  const secret = form.get('client_secret')
  if (!secret) return unauthorized(withoutProof)
  return secret === settings.web?.clientSecret ? undefined : unauthorized(7000215)
}

function unauthorized(code: number): Denial {
  return { code, status: UNAUTHORIZED_STATUS }
}

async function refuseAssertion(
  settings: EntraSettings,
  assertion: string,
  audiences: readonly unknown[],
): Promise<number | undefined> {
  const claims = await claimsOf(settings, assertion)
  if (!claims) return 700027
  const { iss, sub, aud, exp, nbf = 0 } = claims as Record<string, unknown>
  if (iss !== settings.clientId || sub !== settings.clientId) return 700021
  if (![aud].flat().some((each) => audiences.includes(each))) return 700023
  const now = settings.now() / 1000
  return Number(exp) > now && Number(nbf) <= now + CLOCK_TOLERANCE_S ? undefined : 700024
}

const CLOCK_TOLERANCE_S = 60

/** What a certificate of the app has signed. */
async function claimsOf({ web }: EntraSettings, assertion: string): Promise<object | undefined> {
  const { compactVerify, decodeProtectedHeader, importX509 } = await loadJose()
  for (const certificate of web?.certificates ?? []) {
    try {
      const { alg = '' } = decodeProtectedHeader(assertion)
      const key = await importX509(certificate, alg)
      const { payload } = await compactVerify(assertion, key, { algorithms: ['RS256', 'PS256'] })
      const claims: unknown = JSON.parse(new TextDecoder().decode(payload))
      if (isObject(claims)) return claims
    } catch {
      // of another key, or no JWT
    }
  }
  return undefined
}
