import { isFunction, isNonBlank, isObject, mayBe, must } from '../../shared/validate.js'
import { checkOptionNames, checkOriginList } from '../check-options.js'
import type { Verifier } from '../tokens/verify.js'

export interface SessionsOptions {
  /** Checks the access token that a session is begun with. */
  verifier: Verifier
  /**
   * What sessions are sealed with: at least 32 random bytes, `openssl rand -base64 32` for example. To
   * rotate it, pass a list: the first one seals, all of them open.
   */
  secret: SessionSecret | readonly SessionSecret[]
  /**
   * The name of the cookie after `__Host-`: letters, digits, `-` and `_`, at most 64.
   *
   * @default session
   */
  name?: string | undefined
  /**
   * How long a session lasts at most, in milliseconds: from 60,000 (one minute) to 86,400,000 (one day). It never outlasts
   * the access token that it was begun with.
   *
   * @default 86400000
   */
  lifetimeMs?: number | undefined
  /**
   * The origins of the pages that may begin and end a session. Name yours where a proxy changes `Host`.
   *
   * @default the origin that the request itself is sent to, by its `Host`, over https (http on loopback only)
   */
  origins?: readonly string[] | undefined
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
}

export type SessionSecret = string | Uint8Array

/** The options, checked and completed. */
export interface SessionsSettings {
  readonly verifier: Verifier
  readonly secrets: readonly Uint8Array[]
  readonly cookie: string
  readonly lifetimeMs: number
  /** `undefined`: that of the request itself. */
  readonly origins: readonly string[] | undefined
  readonly now: () => number
}

const MIN_SECRET_BYTES = 32
const MIN_LIFETIME_MS = 60_000
const MAX_LIFETIME_MS = 86_400_000
const DEFAULT_NAME = 'session'

const sessionsOptionNames = ['verifier', 'secret', 'name', 'lifetimeMs', 'origins', 'now']
const cookieName = /^[\w-]{1,64}$/

/** @throws {AuthError} `config_invalid`: names the option, what is wrong with it and a valid example */
export function checkSessionsOptions(options: SessionsOptions): SessionsSettings {
  checkOptionNames(options, sessionsOptionNames)
  const { verifier, name = DEFAULT_NAME, lifetimeMs, now } = options
  must('verifier', verifier, isVerifier(verifier), 'a verifier, for example createVerifier({ … })')
  must(
    'name',
    name,
    isNonBlank(name) && cookieName.test(name),
    `letters, digits, \`-\` and \`_\`, for example ${DEFAULT_NAME}`,
  )
  mayBe('lifetimeMs', lifetimeMs, isLifetime, 'milliseconds from 60000 to 86400000, for example 3600000')
  mayBe('now', now, isFunction, 'a function, for example Date.now')
  return {
    verifier,
    secrets: checkSecrets(options.secret),
    cookie: `__Host-${name}`,
    lifetimeMs: lifetimeMs ?? MAX_LIFETIME_MS,
    origins: options.origins === undefined ? undefined : checkOriginList(options.origins),
    now: now ?? (() => Date.now()),
  }
}

/** Of a secret that is refused, nothing may be in the message. */
function checkSecrets(secret: unknown): readonly Uint8Array[] {
  const list: unknown[] = Array.isArray(secret) ? secret : [secret]
  const bytes = list.map((each) => (typeof each === 'string' ? new TextEncoder().encode(each) : each))
  const isValid = bytes.length > 0 && bytes.every(isSecret)
  const given = typeof secret === 'string' ? 'a shorter one' : secret
  must('secret', given, isValid, '32 random bytes or more, or a list of such, for example process.env.SESSION_SECRET')
  return bytes.map((each) => Uint8Array.from(each as Uint8Array))
}

function isSecret(value: unknown): boolean {
  return value instanceof Uint8Array && value.byteLength >= MIN_SECRET_BYTES
}

function isVerifier(value: unknown): boolean {
  return isObject(value) && isFunction((value as Verifier).verify)
}

function isLifetime(value: unknown): boolean {
  return typeof value === 'number' && value >= MIN_LIFETIME_MS && value <= MAX_LIFETIME_MS
}
