// What an error of MSAL means, and what somebody can do about it.

import { isNonBlank } from '../../shared/validate.js'
import { jsonOf } from '../fetch/refusals.js'
import { type OnBehalfOfCode, OnBehalfOfError } from './error.js'

const NO_CONSENT = [65001, 90008, 90094, 90095]

/** Mistakes of the server, by the number of Entra ID's error (Microsoft Learn, "Microsoft Entra authentication error codes"). */
const mistakes: readonly (readonly [numbers: readonly number[], remedy: string])[] = [
  [
    [7000215],
    'The secret is wrong. Give the value of a client secret of the app registration in `secret`, not its ID.',
  ],
  [[7000222], 'The secret has expired. Make a new one in the app registration, and give its value in `secret`.'],
  [
    [700024],
    'The client assertion has expired, or is not valid yet. Give a function in `assertion` that makes one each time.',
  ],
  [
    [700021, 700023],
    'The client assertion is of another app, or for another endpoint. Correct what makes `assertion`.',
  ],
  [[700027, 7000214], 'The certificate is not one of the app registration. Upload it there, or correct `certificate`.'],
  [[7000216, 7000218], 'The server has not proved itself. Give `secret`, `certificate` or `assertion`.'],
  [[28000], 'The scopes are of more than one API. Ask for those of each on their own.'],
  [
    [70011, 65005, 650053, 500011, 650057],
    'The API does not offer one of the scopes. Correct them, or add them to the app registration.',
  ],
  [[500131], 'The token of the page is for another API. It has to be for the `clientId` that asks on its behalf.'],
  [
    [700016, 90002],
    'Entra ID does not know the app in this tenant. Correct `clientId`, or have it consented to there.',
  ],
]

/** What Entra ID refuses the app itself with, whatever its number (RFC 6749 §5.2, RFC 8707 §2). */
const OF_THE_APP = [
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_request',
  'invalid_scope',
  'invalid_resource',
  'invalid_target',
]

const REFUSED_APP =
  'Entra ID refuses the app or its request. Look its number up at https://login.microsoftonline.com/error, and correct the app registration or the options.'

const remedies: Record<Exclude<OnBehalfOfCode, 'config_invalid'>, string> = {
  consent_required: 'The user, or an administrator, has to consent to the scopes: answer with `refusal.of(error)`.',
  insufficient_claims: 'The page has to send a token with more claims: answer with `refusal.of(error)`.',
  sign_in_required: 'The page has to send a new token: answer with `refusal.of(error)`.',
  temporarily_unavailable: 'Try again later.',
}

interface Shape {
  readonly name?: unknown
  readonly errorCode?: unknown
  readonly errorNo?: unknown
  readonly subError?: unknown
  readonly claims?: unknown
  readonly code?: unknown
}

/** Whatever MSAL has thrown, as an error of ours. Nothing of its text is taken over. */
export function toOnBehalfOfError(thrown: unknown, scopes: readonly string[]): OnBehalfOfError {
  if (thrown instanceof OnBehalfOfError) return thrown
  const { name, errorCode, errorNo, subError, claims, code: systemCode } = Object(thrown) as Shape
  const aadsts = Number(errorNo) || undefined
  const fail = (code: Exclude<OnBehalfOfCode, 'config_invalid'>, challenge?: string) =>
    new OnBehalfOfError(code, { remedy: remedies[code], scopes, aadsts, claims: challenge })
  const mistake = mistakes.find(([numbers]) => numbers.includes(aadsts ?? 0))?.[1]
  if (mistake !== undefined) return new OnBehalfOfError('config_invalid', { remedy: mistake, aadsts })
  if (isNonBlank(systemCode) && systemCode.startsWith('ERR_OSSL'))
    return new OnBehalfOfError('config_invalid', { remedy: 'Give the private key in `certificate` as PEM.' })
  if (subError === 'consent_required' || NO_CONSENT.includes(aadsts ?? 0)) return fail('consent_required')
  if (isNonBlank(claims) && jsonOf(claims) !== undefined) return fail('insufficient_claims', claims)
  if (errorCode === 'invalid_grant' || name === 'InteractionRequiredAuthError') return fail('sign_in_required')
  if (isNonBlank(errorCode) && OF_THE_APP.includes(errorCode))
    return new OnBehalfOfError('config_invalid', { remedy: REFUSED_APP, aadsts })
  return fail('temporarily_unavailable')
}

/** The error for a user of whom there is no token here. */
export function noToken(): OnBehalfOfError {
  return new OnBehalfOfError('sign_in_required', { remedy: remedies.sign_in_required })
}
