import type { AuthOptions } from 'twodoor'

/** What the app server tells its pages in `/config.js`. Nothing in it is secret. */
export interface DemoConfig {
  /** Client ID, tenant, scopes and where Entra ID is: here, an emulator. */
  readonly entra: Pick<AuthOptions, 'clientId' | 'tenant' | 'scopes' | 'authority' | 'browser'>
  readonly teamsOrigin: string
}

export const config = (globalThis as unknown as { demoConfig: DemoConfig }).demoConfig

/** Everything that the app tells twodoor. With a real tenant the hosts need not be named. */
export function authOptions(): AuthOptions {
  const { entra, teamsOrigin } = config
  return {
    ...entra,
    protectedResources: ['/api'],
    host: { origins: [teamsOrigin] },
    browser: { ...entra.browser, redirectUri: location.pathname },
  }
}
