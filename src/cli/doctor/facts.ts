import type { MicrosoftCloud } from '../../shared/clouds.js'
import type { Manifest } from './read-manifest.js'
import type { PageCode } from './read-scripts.js'
import type { Finding } from './report.js'
import type { Visit } from './visit.js'

/** All that the rules go by. */
export interface Facts {
  /** The page that the tab shows. */
  readonly page: Page
  /** The page that Entra ID sends the user back to. */
  readonly redirectPage: Page
  readonly api: Api | undefined
  readonly manifest: Manifest | undefined
  /** As given by a flag. */
  readonly clientId: string | undefined
  readonly cloud: MicrosoftCloud
}

export interface Page extends Visit {
  /** As it was asked for. */
  readonly asked: URL
  readonly code: PageCode
}

/** An address that needs a token, asked without one. */
export interface Api extends Visit {
  readonly asked: URL
  /** What the browser would ask before, where the API has another origin than the page. */
  readonly preflight: Visit | undefined
}

/** Facts in, findings out: no rule asks anybody anything. */
export type Rule = (facts: Facts) => readonly Finding[]

/** Whether a page leads to another origin, such as a sign-in page: one that is not of the app. A step to https leads nowhere else. */
export function leaves({ asked, url }: Pick<Page, 'asked' | 'url'>): boolean {
  const isUpgrade = url.host === asked.host && url.protocol === 'https:'
  return url.origin !== asked.origin && !isUpgrade
}

/** Of the app. */
export function originOf(page: Pick<Page, 'asked' | 'url'>): string {
  return (leaves(page) ? page.asked : page.url).origin
}

export function isOk({ status }: Pick<Visit, 'status'>): boolean {
  return status >= 200 && status < 300
}
