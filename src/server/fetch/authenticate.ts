import { TokenRefusedError, toTokenRefused } from '../refusal.js'
import { headerValues, type RequestLike } from '../request.js'
import { checkIdentity, type Identity } from '../tokens/identity.js'
import { MAX_TOKEN_LENGTH } from '../tokens/token-form.js'
import type { Verifier } from '../tokens/verify.js'
import { type RequestRefusal, requestRefusalOf } from './refusals.js'

export type Authentication =
  | { readonly identity: Identity; readonly refused?: undefined }
  | { readonly identity?: undefined; readonly refused: RequestRefusal }

/** RFC 6750 §2.1 and RFC 9110 §11.1: the name of the scheme in any case, one space or more, one token. */
const bearerCredentials = /^bearer +([\w.~+/-]+=*) *$/i
const isOfBearerScheme = /^bearer( |$)/i

/**
 * Who sent this request, from its one `Authorization: Bearer` header; never from the URL or the body. Never rejects.
 *
 * ```ts
 * const { identity, refused } = await authenticateRequest(verifier, request)
 * if (refused) return response.status(refused.status).set(refused.headers).json({ code: refused.code })
 * ```
 */
export async function authenticateRequest(verifier: Verifier, request: RequestLike): Promise<Authentication> {
  try {
    return { identity: checkIdentity(await verifier.verify(bearerToken(request))) }
  } catch (error) {
    return { refused: requestRefusalOf(toTokenRefused(error)) }
  }
}

/**
 * The token in the `Authorization` header, or `undefined` if there is none or another scheme.
 *
 * @throws {TokenRefusedError} `request_malformed` for several headers, and for what is not one token of 16 KB at most
 */
export function bearerToken(request: RequestLike): string | undefined {
  // The web platform joins several headers by a comma, which no token has.
  const values = headerValues(request, 'authorization')
  if (values.length > 1) throw new TokenRefusedError('request_malformed', 'There are several Authorization headers.')
  const [value = ''] = values
  if (!isOfBearerScheme.test(value)) return undefined
  const token = value.length > 2 * MAX_TOKEN_LENGTH ? undefined : bearerCredentials.exec(value)?.[1]
  const isOne = token !== undefined && token.length <= MAX_TOKEN_LENGTH
  if (!isOne) throw new TokenRefusedError('request_malformed', 'The Authorization header is not one Bearer token.')
  return token
}
