// The site as it is built, behind a server of its own.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { run } from '../package/packed.js'
import { root } from './pages.js'

export interface Site {
  readonly url: string
  /** Its pages, as `/chainlit/nginx.html`. */
  readonly pages: readonly string[]
  /** What stands at a path, or `undefined`. */
  read(path: string): string | undefined
  close(): void
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

/** What `npm run docs:build` makes, in a folder that goes with the test. */
export async function buildSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-site-'))
  await run(root, 'npm', 'run', 'docs:build', '--', '--outDir', folder)
  const fileOf = (path: string) => join(folder, path.endsWith('/') ? `${path}index.html` : path)
  const server = createServer((request, response) => {
    const file = fileOf(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname))
    if (!existsSync(file)) return void response.writeHead(404).end()
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' })
    response.end(readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const files = readdirSync(folder, { recursive: true }).map((path) => `/${String(path).replaceAll('\\', '/')}`)
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    pages: files.filter((path) => path.endsWith('.html')).sort(),
    read: (path) => (existsSync(fileOf(path)) ? readFileSync(fileOf(path), 'utf8') : undefined),
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
