import type { TeamsSettings } from './settings.js'

/** Whether the user lets the app have tokens. Shared by Teams SSO and nested app auth, like one session. */
export interface Consent {
  /** From now on the app gets tokens only after the user was asked. */
  require(): void
  /** Asks the user for more than they have given so far. Whoever declines keeps what they have. */
  ask(): Promise<'granted' | 'cancelled'>
  /** Asks the user where that is needed and possible. */
  pass(interactive: boolean): Promise<'granted' | 'required' | 'cancelled'>
}

export function createConsent(settings: () => TeamsSettings): Consent {
  let granted = true

  async function ask(): Promise<'granted' | 'cancelled'> {
    const { consent } = settings()
    const answer = typeof consent === 'function' ? await consent() : consent
    return answer === 'accept' ? 'granted' : 'cancelled'
  }

  return {
    ask,
    require() {
      granted = false
    },
    async pass(interactive) {
      if (granted) return 'granted'
      if (!interactive) return 'required'
      const answer = await ask()
      if (answer === 'granted') granted = true
      return answer
    },
  }
}
