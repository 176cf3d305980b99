// nginx in front of the workers of an app, with the lines of docs/chainlit/nginx.md.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from 'selfsigned'
import { freePort } from '../free-port.js'
import { startNginx } from '../servers/nginx.js'
import { chatOrigin } from './surroundings.js'

export interface Nginx {
  /** Where it listens, with TLS. */
  readonly port: number
  close(): Promise<void>
}

const PAGE = fileURLToPath(new URL('../../docs/chainlit/nginx.md', import.meta.url))

/** The configuration in the docs, for the chat of these tests. */
export function documentedSite(): string {
  const [, lines] = readFileSync(PAGE, 'utf8').match(/```nginx\n([\s\S]*?)```/) ?? []
  if (lines === undefined) throw new Error(`${PAGE} has no configuration.`)
  return replaced(lines, {
    '127.0.0.1:8000': '127.0.0.1:<worker 0>',
    '127.0.0.1:8001': '127.0.0.1:<worker 1>',
    '~:8000$': '~:<worker 0>$',
    '~:8001$': '~:<worker 1>$',
    'listen 443 ssl': 'listen 127.0.0.1:<port> ssl',
    'server_name chat.example.com': `server_name ${new URL(chatOrigin).host}`,
    '/etc/ssl/chat.example.com/fullchain.pem': '<certificate>',
    '/etc/ssl/chat.example.com/privkey.pem': '<key>',
  })
}

/** With each of these texts, which must be there, replaced. */
export function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`There is no "${from}" in:\n${changed}`)
    return changed.replaceAll(from, to)
  }, text)
}

/** @param ports those of the workers */
export async function startNginxBefore(ports: readonly number[], site: string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-nginx-'))
  chmodSync(folder, 0o755) // its processes are those of another user
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const port = await freePort()
    const [certificate, key] = await makeCertificate(folder)
    const workers = ports.map((each, index) => [`<worker ${index}>`, `${each}`])
    const places = { '<port>': `${port}`, '<certificate>': certificate, '<key>': key, ...Object.fromEntries(workers) }
    const program = await startNginx(folder, replaced(site, places), port)
    return { port, close: () => program.close().finally(remove) }
  } catch (error) {
    remove()
    throw error
  }
}

async function makeCertificate(folder: string): Promise<[certificate: string, key: string]> {
  const paths: [string, string] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const { private: key, cert } = await generate([{ name: 'commonName', value: new URL(chatOrigin).host }], {
    keyType: 'ec',
  })
  writeFileSync(paths[0], cert)
  writeFileSync(paths[1], key, { mode: 0o600 })
  return paths
}
