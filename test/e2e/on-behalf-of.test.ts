// docs/on-behalf-of.md, character by character: a page, its API, and Microsoft Graph on behalf of the user.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import express, { type Request as ExpressRequest } from 'express'
import type { Frame, Page } from 'playwright'
import { Server } from 'socket.io'
import type { Plugin } from 'vite'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import * as server from '../../src/server/index.js'
import type { EntraEmulator } from '../../src/testing/index.js'
import { type AppServer, type AppSite, appOrigin, bundleEntry, type Doors, html, openDoors } from './doors.js'
import { sendWebResponse, toWebRequest } from './node-web.js'

const SECRET = 'the secret of these tests, and of nothing else'
const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const [ofServer = '', ofPage = ''] = [
  ...readFileSync(repository('docs/on-behalf-of.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms),
].map(([, code = '']) => code)

let doors: Doors
/** What the API has answered, in turn. */
const answers: [status: number, challenge: string][] = []

beforeAll(async () => {
  const script = await bundleEntry('page.ts', undefined, [pageOfDocument()])
  const buttons = ['signIn', 'profile', 'consent'].map((name) => `<button id="${name}Button">${name}</button>`).join('')
  const shown = html(
    `<title>App</title>${buttons}<p id="profileName"></p><script>consentButton.hidden = true; var options = window.config.options</script><script>${script}</script>`,
  )
  const web = { redirectUris: [`${appOrigin}/web`], clientSecret: SECRET }
  doors = await openDoors(() => shown.clone(), ['/'], { web }, startServer)
})
afterEach(() => {
  answers.length = 0
  return doors.reset()
})
afterAll(() => doors.close())

function pageOfDocument(): Plugin {
  return {
    name: 'page',
    enforce: 'pre',
    resolveId(id) {
      if (id === 'page.ts') return repository('page.ts')
      return id === 'twodoor' ? repository('src/index.ts') : null
    },
    load: (id) => (id === repository('page.ts') ? `${ofPage}\nObject.assign(window, { auth })` : null),
  }
}

/** Runs the code of the document with what it takes for granted. The names of Microsoft lead to the emulator. */
function startServer(entra: EntraEmulator, site: AppSite, mint: (request: Request) => Promise<Response>): AppServer {
  const app = express()
  const http = createServer(app)
  app.use('/api', (_, response, next) => {
    response.on('finish', () =>
      answers.push([response.statusCode, String(response.getHeader('www-authenticate') ?? '')]),
    )
    next()
  })
  const reach: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    return request.url.startsWith('https://graph.microsoft.com/') ? entra.handleGraph(request) : entra.fetch(request)
  }
  const provided = {
    ...server,
    createVerifier: (options: server.VerifierOptions) => server.createVerifier({ ...options, fetch: reach }),
    createOnBehalfOf: (options: server.OnBehalfOfOptions) => server.createOnBehalfOf({ ...options, fetch: reach }),
  }
  const [line = '', names = ''] = ofServer.match(/^import \{ (.*) \} from 'twodoor\/server'$/m) ?? []
  const imported = Object.entries(provided).filter(([name]) => names.split(', ').includes(name))
  const process = { env: { CLIENT_SECRET: SECRET } }
  const given = { app, process, fetch: reach, clientId: entra.clientId, tenantId: entra.tenant }
  const values = { ...given, ...Object.fromEntries(imported) }
  compileFunction(ofServer.replace(line, ''), Object.keys(values))(...Object.values(values))
  app.use(async (request: ExpressRequest, response) => {
    const url = new URL(request.originalUrl, appOrigin)
    if (url.pathname !== '/mint') return sendWebResponse(site(url), response)
    await sendWebResponse(await mint(await toWebRequest(request, url.href)), response)
  })
  const io = new Server(http)
  return { http, io, calls: [], upgrades: [], expireTokens() {}, close: () => io.close() }
}

/** Shorter than the five minutes in which MSAL asks anew: the server asks Entra ID at each call, and not its cache. */
function withoutCache(): void {
  doors.entra.lifetimes.accessToken = 240
  doors.entra.lifetimes.continuousAccessToken = 240 // what Entra ID gives to clients with CP1, which msal-node says
}

async function profile(door: Page | Frame): Promise<void> {
  await door.locator('#profileName').evaluate((shown) => {
    shown.textContent = ''
  })
  await door.locator('#profileButton').click()
}

const name = (door: Page | Frame) => door.locator('#profileName').textContent()

/** As a person signs in in a browser. */
async function signedInTab(): Promise<Page> {
  const page = await doors.openTab()
  await page.locator('#signInButton').click()
  await page.click(`button[data-user="${doors.adele.username}"]`)
  await page.waitForURL(`${appOrigin}/**`)
  return page
}

it('in Teams: a page whose user has lost their consent asks for it, and goes on without a reload', async () => {
  withoutCache()
  const { frame } = await doors.openTeams()
  await profile(frame)
  await expect.poll(() => name(frame)).toBe('Adele Vance')
  await frame.evaluate(() => Object.assign(window, { notReloaded: true }))

  doors.entra.requireConsent(doors.adele)
  await profile(frame)
  await frame.locator('#consentButton').waitFor()
  await frame.locator('#consentButton').click()
  await expect.poll(() => name(frame)).toBe('Adele Vance')
  expect(await frame.evaluate(() => 'notReloaded' in window)).toBe(true)
  expect(answers.map(([status]) => status)).toEqual([200, 403, 200])
  expect(answers[1]?.[1]).toContain('scopes="User.Read", proposedAction="consent"')
  doors.entra.consent(doors.adele, doors.entra.scopes)
})

it('in Teams: a user who declines gets the 403, and is asked again by the next call alone', async () => {
  withoutCache()
  const { page, frame } = await doors.openTeams()
  await page.evaluate(() => window.host.set({ consent: 'cancel' }))
  doors.entra.requireConsent(doors.adele)
  await profile(frame)
  await frame.locator('#consentButton').click()
  await expect.poll(() => name(frame)).toBe('403')
  expect(answers.map(([status]) => status)).toEqual([403])
  expect(await frame.locator('#consentButton').isHidden()).toBe(true)
})

it('in a browser: it leaves for the page of Entra ID, comes back, and the call succeeds', async () => {
  withoutCache()
  doors.entra.consent(doors.adele, doors.entra.scopes)
  const page = await signedInTab()
  doors.entra.requireConsent(doors.adele)
  doors.entra.consent(doors.adele, doors.entra.scopes)
  await profile(page)
  await page.locator('#consentButton').click()
  await page.click('button[value="accept"]')
  await page.waitForURL(`${appOrigin}/**`)
  await page.waitForFunction(
    () => (window as unknown as { auth: { state: { status: string } } }).auth?.state.status === 'signed-in',
  )
  await profile(page)
  await expect.poll(() => name(page)).toBe('Adele Vance')
  expect(answers.map(([status]) => status)).toEqual([403, 200])
})
