// What a page loads, by the text of its HTML. A page that builds itself with scripts shows little of it: what is not found
// here may still be there.

import { isLoopback } from '../../shared/origins.js'
import { toUrl } from '../../shared/url.js'

const COMMENT = '!--'
const scriptEnd = /<\/script/gi
const tagName = /[a-z][\w-]*/iy
/** One attribute, or what stands between two. Sticky, as the rest of the reading: a page of any length is read once. */
const attribute = /[\s/]+|([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/y
/** A text without spaces, which can be the name of a module. */
const shortText = /["'`]([./\w@-][^"'`\s<>\\]{0,300})["'`]/g
/** A module that another one names: imported, at once or later. Servers for developers keep the names of components. */
const moduleName = /\.(m?[jt]sx?|vue|svelte|astro)(\?|$)/
/** What only a run of the script tells: an import of no literal, and texts that are put together to the name of a script. */
const computedNames = [
  /\bimport\s*\((?:\s|\/\*[^*]*\*\/)*[^\s"'`)/]/,
  /\bimport\s*\((?:\s|\/\*[^*]*\*\/)*`[^`$]*\$\{/,
  /\+\s*["'`][\w./-]{0,100}\.m?js["'`?]/,
  /\}[\w./-]{0,100}\.m?js[`?]/,
]

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  /** What stands in a `script`. */
  readonly content: string
}

function tagsOf(html: string): readonly Tag[] {
  const tags: Tag[] = []
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    at++
    if (html.startsWith(COMMENT, at)) {
      at = indexOrEnd(html, html.indexOf('-->', at + COMMENT.length))
      continue
    }
    tagName.lastIndex = at
    const name = tagName.exec(html)?.[0].toLowerCase()
    if (!name) continue
    const { attributes, end } = attributesAt(html, at + name.length)
    scriptEnd.lastIndex = end
    at = name === 'script' ? indexOrEnd(html, scriptEnd.exec(html)?.index ?? -1) : end
    tags.push({ name, attributes, content: html.slice(end, at).replace(/^>/, '') })
  }
  return tags
}

const indexOrEnd = (text: string, index: number) => (index < 0 ? text.length : index)

function attributesAt(html: string, start: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>()
  let end = start
  for (;;) {
    attribute.lastIndex = end
    const found = attribute.exec(html)
    if (!found) return { attributes, end }
    end = attribute.lastIndex
    const [, name, ...values] = found
    if (name === undefined) continue
    attributes.set(name.toLowerCase(), decoded(values.find((value) => value !== undefined) ?? ''))
  }
}

const characterReference = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|apos|gt|lt|quot));/gi
const namedCharacters: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' }
const LAST_CODE_POINT = 0x10ffff

/** The references that frameworks write in attributes: `'self'` becomes `&#x27;self&#x27;`. */
function decoded(value: string): string {
  return value.replace(characterReference, (_, hex?: string, decimal?: string, name = '') => {
    if (hex === undefined && decimal === undefined) return namedCharacters[name.toLowerCase()] ?? ''
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > LAST_CODE_POINT ? '\ufffd' : String.fromCodePoint(code)
  })
}

/** The policies that a page sets by `<meta http-equiv>`. */
export function metaPolicies(html: string): readonly string[] {
  return tagsOf(html)
    .filter(({ attributes }) => attributes.get('http-equiv')?.toLowerCase() === 'content-security-policy')
    .map(({ attributes }) => attributes.get('content') ?? '')
}

/** The addresses of the scripts that a page loads. */
export interface PageScripts {
  /** By its tags: each has to be there. */
  readonly named: readonly URL[]
  /** By what looks like a name in the code that stands in the page. */
  readonly guessed: readonly URL[]
  /** Whether that code computes names, too. */
  readonly hasMore: boolean
}

export function scriptsOf(html: string, page: URL): PageScripts {
  const tags = tagsOf(html)
  const base = baseOf(tags, page)
  const addresses = tags.flatMap(({ name, attributes }) => {
    if (name === 'script') return attributes.get('src') || []
    return attributes.get('rel')?.toLowerCase() === 'modulepreload' ? attributes.get('href') || [] : []
  })
  const inline = tags.map(({ content }) => content).join('\n')
  return { named: toAddresses(addresses, base), guessed: modulesIn(inline, base), hasMore: computesNames(inline) }
}

/** HTML, "The base element": the first one with `href` counts, if it is an address that scripts can come from. */
function baseOf(tags: readonly Tag[], page: URL): URL {
  const href = tags.find(({ name, attributes }) => name === 'base' && attributes.has('href'))?.attributes.get('href')
  const [base = page] = href === undefined ? [] : toAddresses([href], page)
  return base
}

/** The addresses of the modules that a script names. Some builds name them from the folder that the build is in. */
export function modulesIn(script: string, address: URL): readonly URL[] {
  const names = [...script.matchAll(shortText)].map(([, name = '']) => name).filter((name) => moduleName.test(name))
  const fromRoot = names.filter((name) => /^\w/.test(name)).map((name) => rootFor(name, address) + name)
  return toAddresses([...names.filter((name) => /^[./]/.test(name)), ...fromRoot], address)
}

/** Where the script itself is below the folder that the name begins with, the build begins there too. */
function rootFor(name: string, { origin, pathname }: URL): string {
  const folder = pathname.indexOf(`/${name.split('/', 1)}/`)
  return origin + pathname.slice(0, Math.max(0, folder) + 1)
}

/** Whether a script loads others whose names do not stand in it as a whole. */
export function computesNames(script: string): boolean {
  return computedNames.some((each) => each.test(script))
}

function toAddresses(addresses: readonly string[], base: URL): readonly URL[] {
  return addresses
    .flatMap((address) => toUrl(address, base.href) ?? [])
    .filter(({ protocol }) => /^https?:$/.test(protocol))
}

/** Tags that load what they name, or send what a form has. */
const loading: Readonly<Record<string, readonly string[]>> = {
  audio: ['src'],
  embed: ['src'],
  form: ['action'],
  iframe: ['src'],
  img: ['src'],
  link: ['href'],
  object: ['data'],
  script: ['src'],
  source: ['src'],
  video: ['src', 'poster'],
}
const LINKS_THAT_LOAD = /\b(stylesheet|icon|preload|modulepreload|manifest)\b/i

/** The origins on plain http that a page loads from. Loopback is fine: it is no network. */
export function insecureOrigins(html: string): readonly string[] {
  const addresses = tagsOf(html).flatMap(({ name, attributes }) => {
    if (name === 'link' && !LINKS_THAT_LOAD.test(attributes.get('rel') ?? '')) return []
    const names = Object.hasOwn(loading, name) ? (loading[name] ?? []) : []
    return names.flatMap((each) => attributes.get(each) ?? [])
  })
  const urls = addresses.filter((each) => /^\s*http:/i.test(each)).flatMap((each) => toUrl(each) ?? [])
  return [...new Set(urls.filter((url) => !isLoopback(url)).map(({ origin }) => origin))]
}
