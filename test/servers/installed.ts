// Servers that are found and not installed: where they are missing, the tests that need them are left out.

import { findProgram } from '../../scripts/programs.js'

/** Debian's nginx, with the configuration that it comes with, and redis. */
export function hasServers(): boolean {
  return findProgram('nginx') !== undefined && findProgram('redis-server') !== undefined
}
