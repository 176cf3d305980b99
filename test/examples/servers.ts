// What each of the servers is started with, and the emulated Entra ID that it gets its keys from.

import { ensureChainlit } from '../../scripts/chainlit.js'
import { listen, type RequestHandler } from '../../src/testing/node.js'
import makeCertificate, { certificateFile, readCertificate } from '../clients/certificate.js'
import { startProxy } from '../clients/python/proxy.js'
import { CLIENT_ID, TENANT_ID } from './doors.js'
import { type Started, start } from './run.js'

const ENTRA = 'login.microsoftonline.com'
const PRELOAD = new URL('./entra-fetch.mjs', import.meta.url).href

export interface Servers {
  /** Starts an example with the program and the arguments of its package.json. */
  start(example: string, command?: readonly string[], env?: object): Promise<Started>
  startPython(example: string): Promise<Started>
  close(): Promise<void>
}

/** @param entra what answers for the name of Entra ID */
export async function openServers(entra: RequestHandler): Promise<Servers> {
  const removeCertificate = await makeCertificate()
  const listener = await listen(entra, { tls: readCertificate() })
  const proxy = await startProxy({ name: `${ENTRA}:443`, port: listener.port })
  const started: Started[] = []
  const own = { CLIENT_ID, TENANT_ID, PORT: '0', NODE_ENV: 'production' }

  async function note(server: Promise<Started>): Promise<Started> {
    const running = await server
    started.push(running)
    return running
  }

  return {
    start(example, command = ['server.js'], env = {}) {
      const preload = { ENTRA_URL: listener.url, NODE_OPTIONS: `--import=${PRELOAD}` }
      const [program = '', ...args] = command
      // From node_modules, where the programs are.
      const path = program === 'server.js' ? `../${example}/server.js` : program
      return note(start(example, [path, ...args], { ...own, ...preload, ...env }))
    },
    async startPython(example) {
      const python = await ensureChainlit() // it has FastAPI, and the wheel of the package
      const env = { ...own, HTTPS_PROXY: proxy.url, SSL_CERT_FILE: certificateFile(), PYTHONDONTWRITEBYTECODE: '1' }
      return note(start(example, [python, 'server.py'], env))
    },
    async close() {
      await Promise.all(started.map((server) => server.stop()))
      await proxy.close()
      await listener.close()
      removeCertificate()
    },
  }
}
