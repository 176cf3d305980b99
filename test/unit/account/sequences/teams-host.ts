// A host as teams-js shows it to the page: it gives tokens of its user, and keeps each until it is over.

import type { Clock } from './clock.js'
import { CLIENT_ID, type Entra, OWN_SCOPES } from './entra.js'
import type { Outcome, User } from './sequence.js'

const REFUSALS: Partial<Record<string, string>> = {
  down: 'Unexpected',
  broken: 'renewalTimeout',
  throttled: 'Get Auth token failed',
  expired: 'uiRequired',
  consent: 'resourceRequiresConsent',
}
const INTERACTIVE_REFUSALS: Record<Exclude<Outcome, 'done'>, string> = {
  denied: 'CancelledByUser',
  back: 'FailedToOpenWindow',
  stays: 'CancelledByUser',
}

export function createTeamsHost(entra: Entra, clock: Clock, first: User, isOnline: () => boolean) {
  let user = first
  let kept: { readonly user: User; readonly token: string; readonly until: number } | undefined
  let outcome: Outcome = 'done'

  function tokenOf(claims: string | undefined, silent: boolean): string {
    const isKept = kept?.user === user && kept.until > clock.trueTime() && !claims && silent
    if (kept && isKept && entra.mood === 'unchanged') return kept.token
    const { token, expiresAt } = entra.mint({ user, grant: 0, scopes: OWN_SCOPES, claims })
    kept = { user, token, until: expiresAt }
    return token
  }

  async function answerSilently(claims: string | undefined): Promise<string> {
    const refusal = isOnline() ? REFUSALS[entra.mood] : 'Unexpected'
    if (refusal) entra.noteRefusal(claims)
    const token = refusal ? '' : tokenOf(claims, true)
    await entra.wait(entra.delay())
    if (refusal) throw new Error(refusal)
    return token
  }

  async function answerAsked(claims: string | undefined): Promise<string> {
    await entra.wait(20)
    if (outcome !== 'done') throw new Error(INTERACTIVE_REFUSALS[outcome])
    entra.noteSignedIn()
    return tokenOf(claims, false)
  }

  return {
    get user() {
      return user
    },
    become(next: User): void {
      user = next
    },
    /** How the next sign-in ends. */
    plan(next: User, how: Outcome): void {
      if (how === 'done') user = next
      outcome = how
    },
    /** teams-js of one page. */
    library: (asker: number) => ({
      version: '2.58.0',
      app: {
        initialize: async () => {
          if (entra.mood === 'hangs') await entra.wait(entra.delay())
        },
        getContext: async () => ({ app: { host: { name: 'Teams', clientType: 'web' }, theme: 'default' }, page: {} }),
        notifyAppLoaded() {},
        notifySuccess() {},
        notifyFailure() {},
      },
      authentication: {
        getAuthToken({ silent, claims: [claims] = [] }: { silent: boolean; claims?: string[] }): Promise<string> {
          if (!silent) return answerAsked(claims)
          return entra.follow(asker, `${CLIENT_ID} ${claims}`, () => answerSilently(claims))
        },
      },
      nestedAppAuth: { isNAAChannelRecommended: () => false },
    }),
  }
}
