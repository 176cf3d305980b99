export type { EntraAuthOptions, EntraVerifierOptions } from './entra/app.js'
export { createEntraEmulator, type EntraEmulator } from './entra/entra.js'
export type { EntraFault, EntraFaults } from './entra/faults.js'
export type { EntraRequest } from './entra/log.js'
export type { MintOptions } from './entra/mint.js'
export type { EntraEmulatorOptions, EntraLifetimes, EntraPublicClient, EntraWebApp } from './entra/options.js'
export { defaultUsers, type EntraUser } from './entra/users.js'
export { entraMint, entraTeamsUser } from './entra-mint.js'
export { createTeamsEmulator, type TeamsEmulatorOptions } from './teams/emulator.js'
export type { TeamsFunction } from './teams/functions.js'
export type { TeamsEmulator, TeamsEvent, TeamsHostOptions } from './teams/host.js'
export { fetchMint, type MintedToken, type MintRefusal, type MintToken, type TokenMintRequest } from './teams/mint.js'
export { createMintEndpoint } from './teams/mint-endpoint.js'
export { createMobileTeamsEmulator, type MobileTeamsEmulatorOptions } from './teams/mobile.js'
export type { HostNotification } from './teams/notifications.js'
export {
  type ConsentAnswer,
  type NestedFailure,
  type NestedRequest,
  type NestedStatus,
  nestedStatuses,
  type SecondFactorAnswer,
  type SsoAnswer,
  type SsoFailure,
  type SsoRequest,
  ssoFailures,
  type TeamsSettings,
  type TeamsSettingsChanges,
  type TeamsTheme,
  type TeamsUser,
} from './teams/settings.js'
export type { TranscriptEntry } from './teams/transcript.js'
export { createTestAuth, type TestAuth, type TestAuthOptions } from './test-auth.js'
export { type TestState, testAccount } from './test-state.js'
