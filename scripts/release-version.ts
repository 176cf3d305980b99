// Ends with an error unless a release's tag names the version that both packages have. The tests hold the Python package to
// the version in package.json.

import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const tag = process.argv[2]
if (tag !== `v${version}`) {
  console.error(`The tag is ${tag}, and package.json has version ${version}: the tag has to be v${version}.`)
  process.exitCode = 1
}
