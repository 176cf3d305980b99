import { compactVerify } from 'jose'
import type { Claims } from '../../shared/claims.js'
import { TokenRefusedError, toTokenRefused } from '../refusal.js'
import { checkAppClaims, checkClaims, checkTimes, isAcceptedTenant, isId, isOfApp } from './claims.js'
import { appIdentityOf, type Caller, type Identity, identityOf } from './identity.js'
import { issuerOf, keySourceOf, whichAuthority } from './issuers.js'
import { isCanonical, readPart } from './jws.js'
import { createKeptTokens, keepTokensOf } from './kept-tokens.js'
import { createKeySet, type KeySet } from './keys.js'
import { checkVerifierOptions, type DaemonOptions, type VerifierOptions, type VerifierSettings } from './options.js'
import { checkTokenForm } from './token-form.js'

export interface Verifier {
  /**
   * Checks an access token. Resolves with whose it is.
   *
   * @param token - anything at all: what a client sent. 16 KB at most
   * @throws {TokenRefusedError} with a `code`, the HTTP `status` that fits, and whether to `retry`. Within 5 s
   */
  verify(token: unknown): Promise<Identity>
  /**
   * Which tokens it accepts. Sessions are bound to it, so that one of another app with the same secret does not count here.
   * A verifier of your own that has it gives `scopes` too; one without it binds sessions to the secret and the cookie's name
   * alone.
   */
  readonly policy?: VerifierPolicy | undefined
}

/** A {@link Verifier} that accepts apps on their own too, where it is asked for that. */
export interface CallerVerifier extends Verifier {
  /**
   * Checks an access token of a user, as `verify()` does, or of an app on its own. Tell them apart by `kind`: what is for users
   * must not be done for an app.
   *
   * @throws {TokenRefusedError} as `verify()` does
   */
  verifyCaller(token: unknown): Promise<Caller>
}

/** The options of a verifier that decide which sessions are good. */
export interface VerifierPolicy {
  readonly clientId: string
  readonly authority: string
  readonly tenants: readonly string[] | 'any-organization'
  /** A token needs one of them. */
  readonly scopes: readonly string[]
}

// What to change, for the log.
const whichToSend = 'Send the access token for a scope of this API: a token for Microsoft Graph only Graph can check.'
const howToReach = 'This server must be able to reach `authority`: directly, by a proxy, or by a `fetch` of yours.'

const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Checks the access tokens of users, from a browser and from Teams alike: signature, issuer, tenant, audience, client and
 * scope. Refuses everything else: ID tokens, tokens of apps on their own, and what it does not know.
 *
 * ```ts
 * const verifier = createVerifier({ clientId, tenants: [tenantId] })
 * const { key } = await verifier.verify(token)
 * ```
 *
 * Fetches the keys of the authority when the first token needs them, and keeps them. Tokens with unknown key IDs cause at
 * most one fetch in 30 s; while the keys cannot be fetched within 5 s, tokens are refused with `keys_unavailable`.
 *
 * @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example
 */
export function createVerifier(options: VerifierOptions & { daemons: DaemonOptions }): CallerVerifier
export function createVerifier(options: VerifierOptions): Verifier
export function createVerifier(options: VerifierOptions): Verifier | CallerVerifier {
  const settings = checkVerifierOptions(options)
  const keySets = new Map<string, KeySet>()
  const kept = settings.keepTokens ? createKeptTokens(settings.now) : undefined

  /** Only accepted tenants come here, so the options bound their number. */
  function keySetOf(tenantId: string): KeySet {
    const source = keySourceOf(settings, tenantId)
    const keySet = keySets.get(source.url) ?? createKeySet(source)
    keySets.set(source.url, keySet)
    return keySet
  }

  /** The claims of a token that the authority has signed, and that is valid now. */
  async function signedClaims(token: unknown): Promise<Claims> {
    const text = checkJwt(token)
    const [header = '', payload = '', signature = ''] = text.split('.')
    const kid = checkHeader(readPart(header))
    const claims = claimsIn(payload)
    const tenantId = checkOrigin(claims, settings)
    if (!isCanonical(signature)) throw tokenRefused('token_malformed', 'The signature is not canonical base64url.')
    const key = await findKey(keySetOf(tenantId), kid)
    await checkSignature(text, key)
    checkTimes(claims, settings.now())
    return claims
  }

  /** The identity of a user, whose token is kept where the app asks for that. */
  function keptIdentity(claims: Claims, token: unknown): Identity {
    checkClaims(claims, settings)
    const identity = identityOf(claims)
    kept?.keep(identity, `${token}`)
    return identity
  }

  async function verifyUser(token: unknown): Promise<Identity> {
    const claims = await signedClaims(token)
    return keptIdentity(claims, token)
  }

  async function verifyCaller(token: unknown): Promise<Caller> {
    const claims = await signedClaims(token)
    if (!isOfApp(claims)) return keptIdentity(claims, token)
    checkAppClaims(claims, settings)
    return appIdentityOf(claims)
  }

  /** Tells the log of a refusal. */
  function logged<T>(verify: (token: unknown) => Promise<T>): (token: unknown) => Promise<T> {
    return (token) =>
      verify(token).catch((error: unknown) => {
        const refusal = toTokenRefused(error)
        callOnRefused(settings, refusal)
        throw refusal
      })
  }

  const { clientId, authority, tenants, scopes } = settings
  const policy = Object.freeze({ clientId, authority, tenants, scopes })
  const verify = logged(verifyUser)
  const verifier = { policy, verify, ...(settings.daemons && { verifyCaller: logged(verifyCaller) }) }
  if (kept) keepTokensOf(verifier, kept)
  return verifier
}

function callOnRefused({ onRefused }: VerifierSettings, { code, message }: TokenRefusedError): void {
  try {
    onRefused({ code, reason: message })
  } catch {
    // The answer to the client does not depend on the log.
  }
}

function checkJwt(token: unknown): string {
  const text = checkTokenForm(token)
  if (!jwt.test(text)) throw tokenRefused('token_malformed', `The token is not a signed JWT. ${whichToSend}`)
  return text
}

/** The ID of the key that the token claims to be signed with. */
function checkHeader(header: Claims | undefined): string {
  if (!header) throw tokenRefused('token_malformed', 'The header of the token is not JSON, or has a member twice.')
  const { alg, kid, typ, crit, b64 } = header
  if (alg !== 'RS256') throw tokenRefused('token_invalid', '`alg` is not RS256.')
  if (crit !== undefined || b64 !== undefined)
    throw tokenRefused('token_invalid', 'The header has critical extensions.')
  if (typ !== undefined && !isTypeOfToken(typ)) throw tokenRefused('token_invalid', '`typ` is not JWT.')
  if (typeof kid !== 'string' || kid === '') throw tokenRefused('token_invalid', 'The header names no key.')
  return kid
}

/** RFC 7519 §5.1, and RFC 9068 §2.1. */
function isTypeOfToken(typ: unknown): boolean {
  return typeof typ === 'string' && /^(at\+)?jwt$/i.test(typ)
}

/** Unchecked so far. */
function claimsIn(payload: string): Claims {
  const claims = readPart(payload)
  if (!claims) throw tokenRefused('token_malformed', 'The claims of the token are not JSON, or have a member twice.')
  return claims
}

/** The tenant that the token claims. No keys are fetched for a tenant that the options do not accept. */
function checkOrigin(claims: Claims, { authority, tenants }: VerifierSettings): string {
  const { tid, iss, ver } = claims
  if (!isId(tid)) throw tokenRefused('wrong_tenant', '`tid` is not a GUID.')
  if (!isAcceptedTenant(tid, tenants))
    throw tokenRefused(
      'wrong_tenant',
      '`tid` is none of the accepted tenants. If its users may sign in here, name it in `tenants`.',
    )
  const issuer = issuerOf(authority, tid, ver)
  if (issuer === undefined) throw tokenRefused('token_invalid', '`ver` is neither 1.0 nor 2.0.')
  if (iss !== issuer)
    throw tokenRefused(
      'wrong_issuer',
      `\`iss\` is not that of the same tenant at ${authority}. ${whichAuthority(authority, iss)}`,
    )
  return tid
}

async function findKey(keySet: KeySet, kid: string): Promise<CryptoKey> {
  const key = await keySet.find(kid).catch(() => {
    throw tokenRefused('keys_unavailable', `The keys of the authority cannot be fetched now. ${howToReach}`)
  })
  if (!key) throw tokenRefused('token_invalid', 'The authority has no key of that name.')
  return key
}

async function checkSignature(token: string, key: CryptoKey): Promise<void> {
  await compactVerify(token, key, { algorithms: ['RS256'] }).catch(() => {
    throw tokenRefused('token_invalid', `The signature is wrong. ${whichToSend}`)
  })
}

function tokenRefused(...args: ConstructorParameters<typeof TokenRefusedError>): TokenRefusedError {
  return new TokenRefusedError(...args)
}
