// MSAL insists on https. A certificate for localhost, and for the name of Entra ID where a client goes through a proxy, is
// trusted by the clients as an administrator makes them: by the environment of the process.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** Read by Node when a process starts. */
const VARIABLE = 'NODE_EXTRA_CA_CERTS'
const NAMES = ['localhost', 'login.microsoftonline.com']

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Runs before the processes of the tests are started. */
export default async function makeCertificate(): Promise<() => void> {
  const before = process.env[VARIABLE]
  const folder = mkdtempSync(join(tmpdir(), 'twodoor-clients-'))
  const altNames = NAMES.map((value) => ({ type: 2 as const, value }))
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames },
  ]
  const subject = [{ name: 'commonName', value: 'twodoor tests' }]
  const { private: key, cert } = await generate(subject, { keyType: 'ec', algorithm: 'sha256', extensions })
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'cert.pem'), cert)
  process.env[VARIABLE] = join(folder, 'cert.pem')
  return () => {
    if (before === undefined) delete process.env[VARIABLE]
    else process.env[VARIABLE] = before
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the certificate is. */
export function certificateFile(): string {
  return process.env[VARIABLE] ?? ''
}

export function readCertificate(): Certificate {
  const file = certificateFile()
  return { cert: readFileSync(file, 'utf8'), key: readFileSync(file.replace('cert.pem', 'key.pem'), 'utf8') }
}
