// @vitest-environment node
// An emulator goes on where another one has ended: an open page does not notice.

import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, it } from 'vitest'
import { type EntraEmulator, openEntraEmulator } from '../../../src/testing/entra/entra.js'
import { createParts, keepParts } from '../../../src/testing/entra/parts.js'
import { checkEntraOptions } from '../../../src/testing/entra/settings.js'
import { openBrowser } from './entra-browser.js'

const ADELE = 'adele@contoso.example'
const settings = checkEntraOptions({ url: 'http://localhost:4000' })

/** A browser at one emulator, and a restart of that emulator from the text that the last one has left. */
function openPlace() {
  let parts = createParts(settings)
  let entra = openEntraEmulator(settings, parts)
  const browser = openBrowser({ ...entra, handle: (request) => entra.handle(request) } as EntraEmulator)
  return {
    browser,
    entra: () => entra,
    async restart() {
      const text = JSON.stringify(await keepParts(parts))
      entra.dispose()
      parts = createParts(settings, JSON.parse(text))
      entra = openEntraEmulator(settings, parts)
    },
  }
}

async function keysOf(entra: EntraEmulator) {
  const response = await entra.fetch(`${entra.url}/${entra.tenant}/discovery/v2.0/keys`)
  return createLocalJWKSet((await response.json()) as JSONWebKeySet)
}

it('renews with a refresh token of before, which ends when it would have', async () => {
  const { browser, restart } = openPlace()
  const { refresh_token, refresh_token_expires_in } = await browser.signIn(ADELE)
  await restart()
  const { body } = await browser.refresh(refresh_token)
  expect(body.refresh_token_expires_in).toBeLessThanOrEqual(refresh_token_expires_in)
  expect(body.error).toBeUndefined()
})

it('publishes the keys of before, also one that was replaced, without their private half', async () => {
  const { browser, entra, restart } = openPlace()
  const { access_token } = await browser.signIn(ADELE)
  await entra().rotateKeys()
  await restart()
  await jwtVerify(access_token, await keysOf(entra()))
  await jwtVerify((await browser.signIn(ADELE)).access_token, await keysOf(entra()))
  const response = await entra().fetch(`${entra().url}/${entra().tenant}/discovery/v2.0/keys`)
  expect(await response.text()).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
})

it('knows who is signed in in a browser', async () => {
  const { browser, restart } = openPlace()
  await browser.signIn(ADELE)
  await restart()
  const { fields } = await browser.authorize({ prompt: 'none' })
  expect(fields['code']).toMatch(/./)
})

it('remembers what an administrator has demanded, and who has given it', async () => {
  const { browser, entra, restart } = openPlace()
  const { refresh_token } = await browser.signIn(ADELE)
  entra().requireConsent()
  entra().consent(ADELE, ['openid'])
  entra().requireMfa('alex@contoso.example')
  await restart()
  expect((await browser.refresh(refresh_token)).body.error_codes).toEqual([65001])
  expect(entra().hasConsented(ADELE, ['openid'])).toBe(true)
  expect(entra().needsMfaInHost('alex@contoso.example')).toBe(true)
  entra().revoke(ADELE)
  await restart()
  expect((await browser.refresh(refresh_token)).body.error_codes).toEqual([50173])
})
