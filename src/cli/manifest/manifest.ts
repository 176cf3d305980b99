// `npx twodoor manifest`: a Teams app for a page, as a zip that can be uploaded.

import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { applicationIdUri } from '../../shared/registration.js'
import { type Command, type CommandContext, type ExitCode, UsageError } from '../command.js'
import { readFlags } from '../flags.js'
import { appManifest } from './app-manifest.js'
import { COLOR_SIZE, colorIcon, isIcon, OUTLINE_SIZE, outlineIcon } from './icons.js'
import { registrationLines, registrationOf } from './registration.js'
import { manifestSettings } from './settings.js'
import { writeZip } from './zip.js'

const DEFAULT_FILE = 'teams-app.zip'

const HELP = `Usage: npx twodoor manifest --url <url> --client-id <id> --name <name> [flags]

Writes a Teams app with a personal tab: manifest.json and two icons in a zip, for Teams SSO and nested app auth.

  --url <url>                The page of the tab, on https.
  --client-id <id>           The application (client) ID of your app registration.
  --redirect-uri <url>       The page that Entra ID sends the user back to. Default: / of the page's origin.
  --name <name>              Of the app, at most 100 characters.
  --short-name <name>        At most 30 characters. Default: --name.
  --description <text>       At most 80 characters.
  --developer <name>         Who makes the app, at most 32 characters. Default: the short name.
  --website-url <url>        Of the developer. Default: / of the page's origin.
  --privacy-url <url>        Default: /privacy of the page's origin.
  --terms-url <url>          Default: /terms of the page's origin.
  --accent-color <color>     Behind the icon. Default: #4F52B2.
  --color-icon <file>        A PNG of 192 x 192 pixels. Default: two doors.
  --outline-icon <file>      A PNG of 32 x 32 pixels, white on nothing. Default: two doors.
  --scope <scope>            What the host fetches a token for at once; several times for several scopes.
                             Default: access_as_user of your own API.
  --configuration-url <url>  Adds a tab for teams and chats that this page sets up.
  --app-version <version>    Default: 1.0.0. Raise it with every upload.
  --manifest-version <v>     Default: 1.22.
  --id <id>                  Of the Teams app. Default: made of the client ID, so that it stays the same.
  --out <file>               Default: ${DEFAULT_FILE}.
  --force                    Overwrites the file.`

const text = { type: 'string' } as const
const options = {
  url: text,
  'client-id': text,
  'redirect-uri': text,
  name: text,
  'short-name': text,
  description: text,
  developer: text,
  'website-url': text,
  'privacy-url': text,
  'terms-url': text,
  'accent-color': text,
  'color-icon': text,
  'outline-icon': text,
  scope: { type: 'string', multiple: true },
  'configuration-url': text,
  'app-version': text,
  'manifest-version': text,
  id: text,
  out: text,
  force: { type: 'boolean' },
} as const

export const manifest: Command = { help: HELP, run }

async function run(args: readonly string[], { folder, say }: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readFlags('manifest', args, options)
  if (positionals[0] !== undefined)
    throw new UsageError(`"${positionals[0]}" belongs to no flag. See \`npx twodoor manifest --help\`.`)
  const settings = manifestSettings(values)
  const content = appManifest(settings)
  const file = values.out ?? DEFAULT_FILE
  const zip = writeZip({
    'manifest.json': Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`),
    'color.png': await icon('color-icon', COLOR_SIZE, () => colorIcon(settings.accentColor)),
    'outline.png': await icon('outline-icon', OUTLINE_SIZE, outlineIcon),
  })
  await writeNew(resolve(folder, file), file, zip, values.force === true)
  const { url, redirectUri, clientId, id, privacyUrl, termsUrl } = settings
  const registration = registrationOf({
    host: url.host,
    clientId,
    redirectUri,
    applicationIdUri: applicationIdUri(url.host, clientId),
  })
  say(`${file} is written: the Teams app ${id}.`)
  if (!values['privacy-url'] || !values['terms-url'])
    say(`It names ${privacyUrl} and ${termsUrl}: see that they exist.`)
  say('The app registration has to have:')
  for (const line of registrationLines(registration)) say(line)
  const flags = values['redirect-uri'] === undefined ? '' : ` --redirect-uri ${redirectUri}`
  say(`Check it: npx twodoor doctor ${file} ${url.href}${flags}`)
  return 0

  async function icon(flag: 'color-icon' | 'outline-icon', size: number, draw: () => Buffer): Promise<Buffer> {
    const given = values[flag]
    return given === undefined ? draw() : readIcon(flag, resolve(folder, given), size)
  }
}

async function readIcon(flag: string, path: string, size: number): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`--${flag}: ${path} cannot be read.`, { cause: error })
  })
  if (isIcon(bytes, size)) return bytes
  throw new UsageError(`--${flag}: ${path} is not a PNG of ${size} x ${size} pixels.`)
}

async function writeNew(path: string, file: string, content: Buffer, mayOverwrite: boolean): Promise<void> {
  try {
    await writeFile(path, content, { flag: mayOverwrite ? 'w' : 'wx' })
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new UsageError(
      isThere ? `${file} exists already: --force overwrites it.` : `${file} cannot be written: does its folder exist?`,
      { cause: error },
    )
  }
}
