// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { checkVerifierOptions, type VerifierOptions } from '../../../../src/server/tokens/options.js'

const id = '11111111-2222-3333-4444-555555555555'
const required = { clientId: id, tenants: [id] }
const settingsOf = (options: object = {}) => checkVerifierOptions({ ...required, ...options } as VerifierOptions)
const mistake = (options: object) => {
  try {
    settingsOf(options)
    return undefined
  } catch (error) {
    return error as { message: string; code: string }
  }
}

describe('the options of a verifier', () => {
  it('have defaults that let nobody in who is not named', () => {
    expect(settingsOf()).toMatchObject({
      clientId: id,
      tenants: [id],
      audiences: [],
      scopes: ['access_as_user'],
      daemons: undefined,
      keepTokens: false,
      authority: 'https://login.microsoftonline.com',
    })
    expect(settingsOf().clients).toContain(id)
  })

  it('keep what is asked for of apps on their own', () => {
    expect(settingsOf({ daemons: { roles: ['Files.All'] } }).daemons).toEqual({
      roles: ['Files.All'],
      clients: undefined,
    })
    const clients = [id.toUpperCase().replaceAll('1', 'A')]
    const named = settingsOf({ daemons: { roles: ['Files.All'], clients } }).daemons
    expect(named?.clients).toEqual([id.replaceAll('1', 'a')])
  })

  it.each<[string, object]>([
    ['`daemons`', { daemons: null }],
    ['`daemons`', { daemons: true }],
    ['an object, for example { roles', { daemons: [] }],
    ['`role`', { daemons: { role: ['Files.All'] } }],
    ['`daemons.roles`', { daemons: {} }],
    ['`daemons.roles`', { daemons: { roles: [] } }],
    ['`daemons.roles`', { daemons: { roles: [''] } }],
    ["for example ['access_as_application']", { daemons: { roles: 7 } }],
    ['`daemons.clients`', { daemons: { roles: ['Files.All'], clients: ['app'] } }],
    ['`daemons.clients`', { daemons: { roles: ['Files.All'], clients: [] } }],
    ['`keepTokens`', { keepTokens: 'yes' }],
    ['`authority`', { authority: 'https://login.windows.net' }],
    ['login.microsoftonline.com', { authority: 'https://login.windows.net' }],
    ['`authority`', { authority: 'http://login.example' }],
  ])('are refused by name: %s', (name, options) => {
    expect(mistake(options)).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(name) })
  })
})
