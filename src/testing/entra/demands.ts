/** What the `claims` parameter of a request asks for (OpenID Connect Core §5.5, as far as Entra ID reads it). */
export interface Demands {
  /** The client handles claims challenges, so its tokens may live long. */
  readonly continuousAccess: boolean
  /** Authentication contexts (`acrs`), which take a second factor. */
  readonly contexts: readonly string[]
  /** Whether policies of Conditional Access are named, which take one too. */
  readonly policies: boolean
}

export const NO_DEMANDS: Demands = { continuousAccess: false, contexts: [], policies: false }

/** `undefined` for what is not a JSON object. */
export function readDemands(claims: string | undefined): Demands | undefined {
  if (!claims) return NO_DEMANDS
  try {
    const parsed: unknown = JSON.parse(claims)
    if (!isRecord(parsed)) return undefined
    const accessToken = isRecord(parsed['access_token']) ? parsed['access_token'] : {}
    const capabilities = requestedValues(accessToken['xms_cc']).map((each) => each.toUpperCase())
    return {
      continuousAccess: capabilities.includes('CP1'),
      contexts: requestedValues(accessToken['acrs']),
      policies: 'capolids' in accessToken || 'polids' in accessToken,
    }
  } catch {
    return undefined
  }
}

/** What the app hands on to the authorize endpoint. */
export function challengeFor(context: string | undefined): string {
  const member = context
    ? { acrs: { essential: true, value: context } }
    : { capolids: { essential: true, values: ['d0000000-0000-4000-8000-000000000001'] } }
  return JSON.stringify({ access_token: member })
}

function requestedValues(member: unknown): string[] {
  if (!isRecord(member)) return []
  const values: unknown[] = Array.isArray(member['values']) ? member['values'] : [member['value']]
  return values.filter((each) => typeof each === 'string')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
