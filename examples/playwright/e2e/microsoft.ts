import type { Page, Route } from '@playwright/test'
import { createVerifier } from 'twodoor/server'
import { createEntraEmulator, createMintEndpoint, type EntraEmulator, entraMint } from 'twodoor/testing'
import { APP, TEAMS } from './addresses'

/** Stands in for Entra ID, for Teams and for the API, each at its own address: the app is what it is in production. */
export async function emulateMicrosoft(page: Page): Promise<EntraEmulator> {
  const entra = await createEntraEmulator()
  const verifier = createVerifier(entra.verifierOptions())

  async function answerCall(request: Request): Promise<Response> {
    const token = request.headers.get('authorization')?.replace('Bearer ', '')
    return Response.json({ key: (await verifier.verify(token)).key })
  }

  await page.route('https://login.microsoftonline.com/**', answerBy(entra.handle))
  await page.route('**/api/me', answerBy(answerCall))
  await page.route(
    `${TEAMS}/**`,
    answerBy(({ url }) => fetch(url.replace(TEAMS, APP))),
  ) // teams.html is beside the app
  await page.route(`${TEAMS}/mint`, answerBy(createMintEndpoint(entraMint(entra))))
  // teams-js asks for the newest list of hosts, and does without.
  await page.route('https://res.cdn.office.net/**', (route) => route.abort())
  return entra
}

function answerBy(answer: (request: Request) => Promise<Response>) {
  return async (route: Route) => {
    const asked = route.request()
    const [headers, body] = [await asked.allHeaders(), asked.postData()]
    const response = await answer(new Request(asked.url(), { method: asked.method(), headers, body }))
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  }
}
