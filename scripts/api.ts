// Compares the public types of every entry with the reports in etc/, which are committed and reviewed. With `--update` it
// writes them.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageJsonFullPath = `${root}package.json`
const localBuild = process.argv.includes('--update')
const reportTempFolder = `${root}node_modules/.cache/twodoor-api/`

interface Manifest {
  exports: Record<string, string | { types: string }>
}

const { exports } = JSON.parse(readFileSync(packageJsonFullPath, 'utf8')) as Manifest

for (const [name, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue // ./package.json
  const reportFileName = `${name.replace('.', 'twodoor').replaceAll('/', '-')}.api.md`
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}${target.types}`,
      compiler: { tsconfigFilePath: `${root}tsconfig.node.json` },
      apiReport: { enabled: true, reportFileName, reportFolder: `${root}etc/`, reportTempFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: { 'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None } } },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath,
  })
  if (!Extractor.invoke(config, { localBuild }).succeeded) process.exitCode = 1
}

if (process.exitCode) console.error('If the change is meant: npm run build && npm run api:update, and commit etc/.')
