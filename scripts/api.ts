// Compares the public types of every entry with the reports in etc/ and the pages in docs/reference/, which are committed
// and reviewed. With `--update` it writes them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { referencePage } from './reference.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageJsonFullPath = `${root}package.json`
const localBuild = process.argv.includes('--update')
const reportTempFolder = `${root}node_modules/.cache/twodoor-api/`
const pages = `${root}docs/reference/`

interface Manifest {
  exports: Record<string, string | { types: string }>
}

const { exports } = JSON.parse(readFileSync(packageJsonFullPath, 'utf8')) as Manifest
if (localBuild) mkdirSync(pages, { recursive: true })

for (const [name, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue // ./package.json
  const entry = name.replace('.', 'twodoor')
  const file = entry.replaceAll('/', '-')
  const apiJsonFilePath = `${reportTempFolder}${file}.api.json`
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}${target.types}`,
      compiler: { tsconfigFilePath: `${root}tsconfig.node.json` },
      apiReport: { enabled: true, reportFileName: `${file}.api.md`, reportFolder: `${root}etc/`, reportTempFolder },
      docModel: { enabled: true, apiJsonFilePath },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: { 'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath,
  })
  if (!Extractor.invoke(config, { localBuild }).succeeded) process.exitCode = 1
  const isSame = keepPage(`${pages}${file}.md`, referencePage(apiJsonFilePath, entry))
  if (!isSame) process.exitCode = 1
}

if (process.exitCode)
  console.error('If the change is meant: npm run build && npm run api:update, and commit etc/ and docs/reference/.')

/** @returns whether the page is as it should be, now or already */
function keepPage(path: string, text: string): boolean {
  if (localBuild) writeFileSync(path, text)
  const isSame = existsSync(path) && readFileSync(path, 'utf8') === text
  if (!isSame) console.error(`${path.slice(root.length)} does not fit the types.`)
  return isSame
}
