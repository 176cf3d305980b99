// The native shell of Teams on a phone, in the page of the app itself and before its scripts.

import { createMobileTeamsEmulator, fetchMint, type MobileTeamsEmulatorOptions } from '../../../src/testing/index.js'

const options = window.hostOptions as unknown as Omit<MobileTeamsEmulatorOptions, 'mint'>
window.host = createMobileTeamsEmulator({ ...options, mint: fetchMint('/mint') })
