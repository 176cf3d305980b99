// pages/app.ts as bundlers ship it: an entry and lazily loaded parts, each a file of its own.

import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { type AppSite, html } from './doors.js'

export interface SplitPage {
  readonly site: AppSite
  /** The entry, and what it cannot begin without: their paths. */
  readonly first: readonly string[]
  /** The path of a file, and of those that it cannot begin without. */
  pathsOf(file: string): readonly string[]
  /** What the server answers instead of a file, by its name. */
  readonly instead: Map<string, () => Response>
  /** The Content-Security-Policy of the page. */
  policy: string | undefined
}

/** @param modules what to bundle instead of a module, by its name: code, or the name of another module */
export async function splitPage(modules: Record<string, string> = {}): Promise<SplitPage> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [instead(modules)],
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rollupOptions: {
        input: fileURLToPath(new URL('./pages/app.ts', import.meta.url)),
        output: { format: 'es', entryFileNames: 'app.js', chunkFileNames: '[name].js' },
      },
    },
  })
  const [{ output }] = (Array.isArray(result) ? result : [result]) as [{ output: Chunk[] }]
  const files = new Map(output.map(({ fileName, code = '' }) => [`/${fileName}`, code]))
  const pathsOf = (file: string) => [...withImports(file, output)].map((name) => `/${name}`)
  const page: SplitPage = {
    first: pathsOf('app.js'),
    pathsOf,
    instead: new Map(),
    policy: undefined,
    site({ pathname }) {
      const answer = page.instead.get(pathname)
      if (answer) return answer()
      const code = files.get(pathname)
      if (code !== undefined) return new Response(code, { headers: { 'content-type': 'text/javascript' } })
      const policy = page.policy && { 'content-security-policy': page.policy }
      return html('<title>App</title><body><script type="module" src="/app.js"></script>', { ...policy })
    },
  }
  return page
}

interface Chunk {
  readonly fileName: string
  readonly code?: string
  readonly imports?: readonly string[]
}

function withImports(entry: string, chunks: readonly Chunk[]): Set<string> {
  const found = new Set([entry])
  for (const name of found)
    for (const each of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) found.add(each)
  return found
}

function instead(modules: Record<string, string>): Plugin {
  const prefix = '\0instead:'
  return {
    name: 'instead',
    enforce: 'pre',
    resolveId(id, importer) {
      const other = Object.hasOwn(modules, id) && !importer?.startsWith(prefix) ? modules[id] : undefined
      if (other === undefined) return null
      return /[\s;]/.test(other) ? prefix + id : this.resolve(other, importer)
    },
    load: (id) => (id.startsWith(prefix) ? modules[id.slice(prefix.length)] : null),
  }
}
