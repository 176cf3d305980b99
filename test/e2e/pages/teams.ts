// The page of the Microsoft 365 host in the end-to-end tests, within reach of the test as `host`.

import { createTeamsEmulator, fetchMint } from '../../../src/testing/index.js'
import type { TeamsEmulatorOptions } from '../../../src/testing/teams/emulator.js'

declare global {
  interface Window {
    hostOptions: Omit<TeamsEmulatorOptions, 'frame' | 'mint'> & { appUrl: string }
    host: ReturnType<typeof createTeamsEmulator>
  }
}

const frame = document.createElement('iframe')
frame.name = 'embedded-page-container'
frame.allow = 'clipboard-read; clipboard-write'
const { appUrl, ...options } = window.hostOptions
window.host = createTeamsEmulator({ ...options, frame, mint: fetchMint('/mint') })
frame.src = appUrl
document.body.append(frame)
