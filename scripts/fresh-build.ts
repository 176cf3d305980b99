// Builds only if a source is newer than the build, so that `npm test` and `npm run demo` need no step before them.

import { execSync } from 'node:child_process'
import { isBuildOld } from './build-age.js'

if (isBuildOld()) execSync('npm run build', { stdio: 'inherit' })
