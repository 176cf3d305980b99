// The example of Next.js: built and started, behind the name of the app.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import {
  CLIENT_ID,
  type ExampleDoors,
  openExamples,
  outputOf,
  SCOPE,
  signInAt,
  TENANT_ID,
  whereTokensWent,
} from './doors.js'
import { forwarding } from './forward.js'
import { run } from './run.js'
import { openServers, type Servers } from './servers.js'

const NEXT = 'next/dist/bin/next'
const ENV = {
  NEXT_TELEMETRY_DISABLED: '1',
  NODE_ENV: 'production',
  CLIENT_ID,
  TENANT_ID,
  APP_ORIGIN: appOrigin,
  SESSION_SECRET: 'the secret of these tests, and of nothing else',
  NEXT_PUBLIC_CLIENT_ID: CLIENT_ID,
  NEXT_PUBLIC_TENANT_ID: TENANT_ID,
  NEXT_PUBLIC_SCOPE: SCOPE,
}

let doors: ExampleDoors
let servers: Servers
beforeAll(async () => {
  const example = forwarding()
  doors = await openExamples(example.start)
  servers = await openServers(doors.entra)
  await run('next', NEXT, ['build'], ENV)
  const server = await servers.start('next', [NEXT, 'start', '-p', '0'], ENV)
  example.port = server.port
})
afterEach(() => doors?.reset())
afterAll(async () => {
  await servers?.close()
  await doors?.close()
})

it('renders on the server for the user of the session, in a browser', async () => {
  const page = await signInAt(doors)
  expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
  const places = await whereTokensWent(doors)
  expect(places).toEqual(['header authorization of POST https://app.contoso.example/session'])
})

it('has the session in the first answer of the next visit', async () => {
  const page = await signInAt(doors)
  await outputOf(page)
  const answer = await page.goto(appOrigin)
  expect(await answer?.text()).toContain(doors.keyOf(doors.adele))
})

it('renders for the user in Teams, where the frame comes without a cookie first', async () => {
  const { frame } = await doors.openTeams()
  expect(await outputOf(frame)).toBe(doors.keyOf(doors.adele))
})

it('shows nothing of the user after a sign-out, and the server has no session any more', async () => {
  const page = await signInAt(doors)
  await outputOf(page)
  const ended = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.click('text=Sign out')
  await page.waitForSelector('text=Sign in')
  expect(await page.locator('output').count()).toBe(0)
  await ended
  const answer = await page.goto(appOrigin)
  expect(await answer?.text()).not.toContain(doors.keyOf(doors.adele))
})

it('answers a call of its API with the user, and one without a token with 401', async () => {
  const page = await signInAt(doors)
  await outputOf(page)
  const token = await doors.entra.mint(doors.adele.username)
  const ask = (headers: Record<string, string>) =>
    page.evaluate(
      async (init) => {
        const response = await fetch('/api/me', init)
        return [response.status, await response.json()]
      },
      { headers },
    )
  expect(await ask({ authorization: `Bearer ${token}` })).toEqual([200, { key: doors.keyOf(doors.adele) }])
  expect(await ask({})).toEqual([401, { code: 'token_missing' }])
})
