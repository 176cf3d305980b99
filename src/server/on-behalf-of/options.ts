import { AuthError } from '../../shared/errors.js'
import { isFunction, isGuid, isNonBlank, isObject, mayBe, must } from '../../shared/validate.js'
import { checkOptionNames } from '../check-options.js'
import { type KeptTokens, tokensKeptBy } from '../tokens/kept-tokens.js'
import type { Verifier } from '../tokens/verify.js'

/**
 * A place that all processes of a server share, such as Redis. What is in it are access tokens: keep it as you keep secrets, and let
 * each entry expire there, after a day for example. A call waits for it for a second at most.
 */
export interface OnBehalfOfStore {
  /** What was set last under this name, or nothing. */
  get(key: string): Promise<string | null | undefined>
  /** An empty text means that the user was forgotten. Store it like any other value. */
  set(key: string, value: string): Promise<unknown>
}

/** The certificate of the app registration, as MSAL has it. */
export interface OnBehalfOfCertificate {
  /** PEM. */
  readonly privateKey: string
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly thumbprintSha256: string
  /** The certificate in PEM, where Entra ID checks subject and issuer. */
  readonly x5c?: string | undefined
}

export interface OnBehalfOfOptions {
  /** One that was created with `keepTokens: true`. */
  verifier: Verifier
  /** The application (client) ID of the API, for which the tokens of its users are: that of the verifier. */
  clientId: string
  /** How the server proves itself: exactly one of these three. A client secret of the app registration. */
  secret?: string | undefined
  /** A certificate of the app registration. */
  certificate?: OnBehalfOfCertificate | undefined
  /** A client assertion (RFC 7523), as of workload identity federation, or what makes one each time. */
  assertion?: string | (() => Promise<string>) | undefined
  /**
   * Where MSAL's caches are shared, one for each user: `twodoor.<client ID>.<tenant ID>.<object ID>`.
   *
   * @default in memory, for the 1,000 users that asked last
   */
  store?: OnBehalfOfStore | undefined
  /**
   * Sends the requests to Entra ID.
   *
   * @default the global `fetch` at the time of the call
   */
  fetch?: typeof fetch | undefined
}

/** The options, checked and completed. */
export interface OnBehalfOfSettings {
  readonly clientId: string
  readonly authority: string
  readonly kept: KeptTokens
  /** The part of MSAL's configuration by which the server proves itself. */
  readonly proof: object
  readonly store: OnBehalfOfStore | undefined
  readonly fetch: typeof fetch
}

/** @throws {AuthError} `config_invalid`. It never shows a secret, not even a part of one */
export function checkOnBehalfOfOptions(options: OnBehalfOfOptions): OnBehalfOfSettings {
  checkOptionNames(options, ['verifier', 'clientId', 'secret', 'certificate', 'assertion', 'store', 'fetch'])
  const { verifier, clientId, store } = options
  const kept = isObject(verifier) ? tokensKeptBy(verifier) : undefined
  must('verifier', verifier, kept, 'a verifier that keeps tokens, for example createVerifier({ keepTokens: true, … })')
  const { policy } = verifier
  const isOwn = isGuid(clientId) && policy !== undefined && clientId.toLowerCase() === policy.clientId
  must('clientId', clientId, isOwn, `that of the verifier, for example ${policy?.clientId}`)
  mayBe('fetch', options.fetch, isFunction, 'a function, for example fetch')
  mayBe('store', store, isStore, 'an object with get and set, for example a client of Redis')
  return {
    kept,
    store,
    clientId: policy.clientId,
    authority: policy.authority,
    proof: proofOf(options),
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
  }
}

function proofOf({ secret, certificate, assertion }: OnBehalfOfOptions): object {
  const given = [secret, certificate, assertion].filter((each) => each !== undefined)
  if (given.length !== 1) throw invalid('`secret`, `certificate`, `assertion`: give exactly one of them.')
  if (secret !== undefined) {
    if (!isNonBlank(secret))
      throw invalid('`secret` must be the value of a client secret, for example from the environment.')
    return { clientSecret: secret }
  }
  if (certificate !== undefined) {
    if (!isCertificate(certificate))
      throw invalid('`certificate` must be { privateKey, thumbprintSha256 }: PEM, and 64 digits in hexadecimal.')
    return { clientCertificate: { ...certificate } }
  }
  if (!isNonBlank(assertion) && !isFunction(assertion))
    throw invalid('`assertion` must be a client assertion, or a function that makes one each time.')
  return { clientAssertion: assertion }
}

function isCertificate(value: unknown): value is OnBehalfOfCertificate {
  const { privateKey, thumbprintSha256, x5c } = Object(value) as Partial<Record<keyof OnBehalfOfCertificate, unknown>>
  const isPem = (text: unknown) => isNonBlank(text) && text.includes('-----BEGIN ')
  const isThumbprint = isNonBlank(thumbprintSha256) && /^[\da-f]{64}$/i.test(thumbprintSha256)
  return isPem(privateKey) && isThumbprint && (x5c === undefined || isPem(x5c))
}

function isStore(value: unknown): boolean {
  const { get, set } = Object(value) as Partial<Record<keyof OnBehalfOfStore, unknown>>
  return isFunction(get) && isFunction(set)
}

function invalid(message: string): AuthError {
  return new AuthError('config_invalid', { phase: 'config', message })
}
