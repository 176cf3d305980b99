// `npx twodoor doctor`: what breaks in practice, seen from outside.

import { clouds, type MicrosoftCloud } from '../../shared/clouds.js'
import { parseUrl } from '../../shared/origins.js'
import { GUID_RULE, isGuid } from '../../shared/validate.js'
import { type Command, type CommandContext, type ExitCode, UsageError } from '../command.js'
import { readFlags } from '../flags.js'
import { examine } from './examine.js'
import { gather } from './gather.js'
import { readManifest } from './read-manifest.js'
import { reportAsJson, reportInWords } from './report.js'

const CLOUD_NAMES = clouds.map(({ name }) => name).join(', ')

const HELP = `Usage: npx twodoor doctor [manifest.json] <url> [flags]

Checks a page and the manifest of its Teams app for what breaks in practice. The zip of the app will do as well.
It sends no credentials and changes nothing.

  --client-id <id>      The application (client) ID of the registration, to compare with the manifest.
  --redirect-uri <url>  The page that Entra ID sends the user back to. Default: / of the page's origin.
  --api <url>           An address of your API that needs a token: is asked without one, as from the page.
  --cloud <name>        One of ${CLOUD_NAMES}. Default: public.
  --json                Prints the report as JSON.

Exit codes: 0, all is well; 1, there are findings; 2, it could not look.`

const options = {
  'client-id': { type: 'string' },
  'redirect-uri': { type: 'string' },
  api: { type: 'string' },
  cloud: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** @param fetch - what reaches the pages */
export function createDoctor(fetch: typeof globalThis.fetch): Command {
  return { help: HELP, run }

  async function run(args: readonly string[], { folder, signal, say }: CommandContext): Promise<ExitCode> {
    const { values, positionals } = readFlags('doctor', args, options)
    const { file, address } = placesIn(positionals)
    const url = addressOf('<url>', address)
    const clientId = values['client-id']
    if (clientId !== undefined && !isGuid(clientId))
      throw new UsageError(`--client-id must be ${GUID_RULE}, not '${clientId}'.`)
    const targets = {
      url,
      redirectUri:
        values['redirect-uri'] === undefined ? undefined : addressOf('--redirect-uri', values['redirect-uri'], url),
      api: values.api === undefined ? undefined : addressOf('--api', values.api, url),
      manifest: file === undefined ? undefined : await readManifest(file, folder),
      clientId,
      cloud: cloudOf(values.cloud),
    }
    const facts = await gather(targets, { fetch, signal, now: Date.now, deadline: AbortSignal.timeout })
    const report = examine(facts)
    for (const line of values.json ? [reportAsJson(report)] : reportInWords(report)) say(line)
    return report.findings.length > 0 ? 1 : 0
  }
}

export const doctor = createDoctor(fetch)

function placesIn(positionals: readonly string[]): { file: string | undefined; address: string } {
  const [first, second, third] = positionals
  if (first === undefined || third !== undefined || (second === undefined && /\.(json|zip)$/i.test(first)))
    throw new UsageError(
      'Name the URL of the page, and before it the manifest if there is one: see `npx twodoor doctor --help`.',
    )
  return second === undefined ? { file: undefined, address: first } : { file: first, address: second }
}

function addressOf(name: string, value: string, base?: URL): URL {
  const url = parseUrl(value, base?.href, true)
  if (url) return url
  throw new UsageError(
    `${name} must be an http or https address without a user and without #, for example https://app.contoso.com/.`,
  )
}

function cloudOf(name: string = 'public'): MicrosoftCloud {
  const cloud = clouds.find((each) => each.name === name)
  if (cloud) return cloud
  throw new UsageError(`--cloud must be one of ${CLOUD_NAMES}, not '${name}'.`)
}
