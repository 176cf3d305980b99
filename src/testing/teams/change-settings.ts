import type { TeamsSettings, TeamsSettingsChanges, TeamsUser } from './settings.js'

const defaultSettings: Omit<TeamsSettings, 'user'> = {
  hostName: 'TeamsModern',
  clientType: 'web',
  frameContext: 'content',
  theme: 'default',
  context: {},
  sso: 'ok',
  cacheTokens: true,
  nested: { recommended: true, bridge: true },
  nestedFailure: undefined,
  accountContext: true,
  environment: 'login.microsoftonline.com',
  consent: 'accept',
  secondFactor: 'approve',
  latencyMs: 0,
  silent: false,
  mute: [],
  replyOrder: 'teams',
  echoUuid: true,
  apiVersion: undefined,
  notifySuccessResponse: false,
}

/** The settings to begin with, which are also those that `undefined` leads back to. */
export function initialSettings(user: TeamsUser, changes: TeamsSettingsChanges): TeamsSettings {
  return changedSettings({ ...defaultSettings, user }, changes, { ...defaultSettings, user })
}

export function changedSettings(
  current: TeamsSettings,
  changes: TeamsSettingsChanges,
  initial: TeamsSettings,
): TeamsSettings {
  const known = Object.keys(initial) as (keyof TeamsSettings)[]
  const given = known.filter((name) => Object.hasOwn(changes, name))
  return Object.freeze({
    ...current,
    ...Object.fromEntries(given.map((name) => [name, changes[name] ?? initial[name]])),
  })
}
