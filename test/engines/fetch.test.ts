// `auth.fetch` in every engine: what is sent twice after a 401 is the same twice, whatever the body was.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appOrigin } from '../e2e/doors.js'
import { type EngineDoors, openEngineDoors, signIn } from './doors.js'
import type { Tab } from './engine.js'
import { installedEngines } from './installed.js'

/** One call with each kind of body, all of which contain `Grüße`. */
function callWithEveryBody(): Promise<number[]> {
  const form = new FormData()
  form.append('text', 'Grüße')
  form.append('file', new File(['Grüße'], 'a.txt', { type: 'text/plain' }))
  const bodies: [string, BodyInit][] = [
    ['text', 'Grüße'],
    ['blob', new Blob(['Grüße'], { type: 'text/plain' })],
    ['bytes', new TextEncoder().encode('Grüße')],
    ['form', form],
  ]
  const { fetch } = window.app.auth
  const requestTo = (query: string, body: string) => new Request(`/api/me?${query}`, { method: 'POST', body })
  const calls = [
    ...bodies.map(([name, body]) => fetch(`/api/me?${name}`, { method: 'POST', body })),
    fetch(requestTo('request', 'Grüße')),
    fetch(requestTo('changed', 'other'), { body: 'Grüße' }),
  ]
  return Promise.all(calls.map(async (call) => (await call).status))
}

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

  const sent = () => doors.world.requests.filter(({ url }) => url.startsWith(`${appOrigin}/api/me`))

  it('sends every kind of body once more after a 401, the same each time', async () => {
    doors.expireTokens()
    expect(new Set(await tab.evaluate(callWithEveryBody))).toEqual(new Set([200]))
    for (const name of ['text', 'blob', 'bytes', 'form', 'request', 'changed']) {
      const [first, second, ...more] = sent().filter(({ url }) => url.endsWith(`?${name}`))
      expect(first?.body).toContain('Grüße')
      expect(withoutBoundary(second)).toEqual(withoutBoundary(first))
      expect(more).toEqual([])
    }
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

  it('sends no token to another origin, by a call or by a redirect, though that would take it', async () => {
    await tab.evaluate(() => window.app.auth.fetch('https://elsewhere.example/').catch(() => {}))
    await tab.evaluate(() => window.app.auth.fetch('/api/away').catch(() => {}))
    const elsewhere = doors.world.requests.filter(
      ({ host, method }) => host === 'elsewhere.example' && method === 'GET',
    )
    expect(elsewhere.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })
})

/** A form that is sent twice may have another boundary each time. */
function withoutBoundary(request: ReturnType<EngineDoors['world']['requests']['slice']>[number] | undefined) {
  const { method, body = '', headers } = request ?? {}
  const boundary = /boundary=(\S+)/.exec(headers?.['content-type'] ?? '')?.[1] ?? '\0'
  const clean = (text = '') => text.replaceAll(boundary, '')
  return { method, body: clean(body), type: clean(headers?.['content-type']) }
}
