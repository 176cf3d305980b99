// The pages that are measured, built as an app on npm is: minified, and split where it imports lazily.

import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { type AppSite, html } from '../test/e2e/doors.js'

/** Each has a folder of its name, and nothing in common with the others. `/` itself is an empty page. */
const pages = ['by-hand', 'twodoor', 'calls', 'back-online', 'verdict', 'evaluation']

/** Asks for a page as it runs where `location.ancestorOrigins`, which cannot be taken away, does not exist. */
export const WITHOUT_ANCESTORS = '/without-ancestor-origins'

/** Where Entra ID may lead back to. */
export const landings = pages.map((page) => `/${page}/`)

type Files = Record<string, string>

async function buildPage(page: string): Promise<Files> {
  const input = fileURLToPath(new URL(`./pages/${page}.ts`, import.meta.url))
  const output = { entryFileNames: `${page}/entry.js`, chunkFileNames: `${page}/[name]-[hash].js` }
  const result = await build({
    configFile: false,
    logLevel: 'error',
    base: './', // so that chunks are found below WITHOUT_ANCESTORS too
    build: { write: false, rollupOptions: { input, output } },
  })
  const [built] = (Array.isArray(result) ? result : [result]) as [{ output: { fileName: string; code: string }[] }]
  return Object.fromEntries(built.output.map(({ fileName, code }) => [`/${fileName}`, code]))
}

export async function buildSite(): Promise<AppSite> {
  const files: Files = Object.assign({}, ...(await Promise.all(pages.map(buildPage))))
  return ({ pathname }) => {
    const script = files[pathname.replace(WITHOUT_ANCESTORS, '')]
    if (script === undefined) return html(`<title>Benchmark</title><body>${pathname === '/' ? '' : entryTag}`)
    const isWithout = pathname.startsWith(WITHOUT_ANCESTORS)
    const body = isWithout ? script.replaceAll('.ancestorOrigins', '.noAncestorOrigins') : script
    return new Response(body, { headers: { 'content-type': 'text/javascript' } })
  }
}

const entryTag = '<script type="module" src="entry.js"></script>'
