import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isObject } from '../../shared/validate.js'
import { UsageError } from '../command.js'
import { isZip, readFromZip } from '../manifest/zip.js'

const MAX_BYTES = 10_000_000
/** What the tools of Microsoft fill in before they upload: `${{TAB_DOMAIN}}`, `{{tabDomain}}`. */
const placeholder = /\$?\{\{[^{}]*\}\}/

/** What of an app manifest the rules are about. */
export interface Manifest {
  readonly version: string
  readonly clientId: string | undefined
  readonly resource: string | undefined
  /** `undefined` where there is no `nestedAppAuthInfo`. */
  readonly nestedRedirectUris: readonly string[] | undefined
  readonly hasWebApplicationInfo: boolean
  readonly tabUrls: readonly string[]
  readonly validDomains: readonly string[]
  readonly showsLoadingIndicator: boolean
}

/**
 * @param file - manifest.json, or the zip of a Teams app with it
 * @throws {UsageError} for anything but a manifest
 */
export async function readManifest(file: string, folder: string): Promise<Manifest> {
  const bytes = await readBytes(resolve(folder, file)).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: is it there, and shorter than 10 MB?`, { cause: error })
  })
  const text = (isZip(bytes) ? unzipped(bytes, file) : bytes).toString('utf8').replace(/^\uFEFF/, '')
  const found = placeholder.exec(text)?.[0]
  if (found)
    throw new UsageError(`${file} has the placeholder ${found}: name the manifest that your tool has filled in.`)
  return parseManifest(text, file)
}

async function readBytes(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > MAX_BYTES) throw new RangeError('too long')
  return readFile(path)
}

function unzipped(bytes: Buffer, file: string): Buffer {
  try {
    const content = readFromZip(bytes, 'manifest.json', MAX_BYTES)
    if (content) return content
  } catch (error) {
    throw new UsageError(`${file} is a zip that cannot be read.`, { cause: error })
  }
  throw new UsageError(`${file} has no manifest.json at its top.`)
}

function parseManifest(text: string, file: string): Manifest {
  const manifest = asObject(parse(text))
  if (!manifest || typeof manifest['manifestVersion'] !== 'string')
    throw new UsageError(`${file} is not the manifest of a Teams app: it must be JSON with a \`manifestVersion\`.`)
  const info = asObject(manifest['webApplicationInfo'])
  const nested = info?.['nestedAppAuthInfo']
  const tabs = [...asObjects(manifest['staticTabs']), ...asObjects(manifest['configurableTabs'])]
  return {
    version: manifest['manifestVersion'],
    clientId: asText(info?.['id']),
    resource: asText(info?.['resource']),
    nestedRedirectUris:
      nested === undefined ? undefined : asObjects(nested).map((each) => asText(each['redirectUri']) ?? ''),
    hasWebApplicationInfo: info !== undefined,
    tabUrls: tabs.flatMap((tab) => asText(tab['contentUrl']) ?? asText(tab['configurationUrl']) ?? []),
    validDomains: asList(manifest['validDomains']).flatMap((each) => asText(each) ?? []),
    showsLoadingIndicator: manifest['showLoadingIndicator'] === true,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isObject(value) ? (value as Record<string, unknown>) : undefined
}

function asObjects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return asList(value).map((each) => asObject(each) ?? {})
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
