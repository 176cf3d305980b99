export type { TeamsEmulator, TeamsHostOptions } from './teams/conversation.js'
export { createTeamsEmulator, type TeamsEmulatorOptions } from './teams/emulator.js'
export { fetchMint, type MintedToken, type MintRefusal, type MintToken, type TokenMintRequest } from './teams/mint.js'
export type { HostNotification } from './teams/notifications.js'
export {
  type ConsentAnswer,
  type NestedFailure,
  type NestedRequest,
  type NestedStatus,
  nestedStatuses,
  type SsoAnswer,
  type SsoFailure,
  type SsoRequest,
  ssoFailures,
  type TeamsFunction,
  type TeamsSettings,
  type TeamsSettingsChanges,
  type TeamsTheme,
  type TeamsUser,
} from './teams/settings.js'
export type { TranscriptEntry } from './teams/transcript.js'
