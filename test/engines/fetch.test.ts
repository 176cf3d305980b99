// `auth.fetch` in every engine: what is sent twice after a 401 is the same twice, whatever the body was.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { type EngineDoors, openEngineDoors, signIn } from './doors.js'
import type { Tab } from './engine.js'
import { installedEngines } from './installed.js'

/** Each makes a call of the page; all of them send `Grüße`. */
const CALLS = {
  text: () => window.app.auth.fetch('/api/me', { method: 'POST', body: 'Grüße' }),
  blob: () => window.app.auth.fetch('/api/me', { method: 'POST', body: new Blob(['Grüße'], { type: 'text/plain' }) }),
  bytes: () => window.app.auth.fetch('/api/me', { method: 'PUT', body: new TextEncoder().encode('Grüße') }),
  form: () => {
    const body = new FormData()
    body.append('text', 'Grüße')
    body.append('file', new File(['Grüße'], 'a.txt', { type: 'text/plain' }))
    return window.app.auth.fetch('/api/me', { method: 'POST', body })
  },
  request: () =>
    window.app.auth.fetch(new Request('/api/me', { method: 'POST', body: 'Grüße', headers: { 'x-own': 'yes' } })),
  'changed request': () =>
    window.app.auth.fetch(new Request('/api/me', { method: 'POST', body: 'other' }), { body: 'Grüße' }),
} as const

describe.each(installedEngines())('$name', (engine) => {
  let doors: EngineDoors
  let tab: Tab

  beforeAll(async () => {
    doors = await openEngineDoors(engine)
    tab = await doors.openTab()
    await signIn(tab, doors.adele)
    await tab.evaluate(() => window.app.me())
  })
  afterEach(() => {
    doors.calls.length = 0
    doors.world.requests.length = 0
  })
  afterAll(async () => {
    await doors.reset()
    await doors.close()
  })

  const sent = () => doors.world.requests.filter(({ url }) => url === `${appOrigin}/api/me`)

  it.each(Object.entries(CALLS))('sends a body once more after a 401: %s', async (_, call) => {
    doors.expireTokens()
    const status = await tab.evaluate(new Function(`return (${call})().then(({ status }) => status)`) as () => unknown)
    expect(status).toBe(200)
    expect(doors.calls.map(({ code }) => code)).toEqual(['token_expired', undefined])
    const [first, second] = sent()
    expect(first?.body).toContain('Grüße')
    expect(withoutBoundary(second)).toEqual(withoutBoundary(first))
  })

  it('rejects with the reason of the signal, and sends nothing after that', async () => {
    const reason = await tab.evaluate(async () => {
      const aborter = new AbortController()
      aborter.abort('the user left')
      return window.app.auth.fetch('/api/me', { signal: aborter.signal }).catch((error: unknown) => error)
    })
    expect(reason).toBe('the user left')
    expect(sent()).toEqual([])
  })

  it('sends no token to another origin', async () => {
    await tab.evaluate(() => window.app.auth.fetch('https://elsewhere.example/'))
    await tab.evaluate(() => window.app.auth.fetch('/api/away'))
    const elsewhere = doors.world.requests.filter(({ host }) => host === 'elsewhere.example')
    expect(elsewhere.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })
})

/** A form that is sent twice may have another boundary each time. */
function withoutBoundary(request: ReturnType<EngineDoors['world']['requests']['slice']>[number] | undefined) {
  const { method, body = '', headers } = request ?? {}
  const boundary = /boundary=(\S+)/.exec(headers?.['content-type'] ?? '')?.[1] ?? '\0'
  const clean = (text = '') => text.replaceAll(boundary, '')
  return { method, body: clean(body), type: clean(headers?.['content-type']), own: headers?.['x-own'] }
}
