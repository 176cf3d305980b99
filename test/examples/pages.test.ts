// The examples of pages: built by the program that their package.json names, and opened at both doors.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ExampleDoors, openExamples, outputOf, PAGE_ENV, signInAt, whereTokensWent } from './doors.js'
import { buildWithAngular, buildWithVite } from './run.js'

const OWN_API = 'header authorization of GET https://app.contoso.example/api/me'

let doors: ExampleDoors
beforeAll(async () => {
  doors = await openExamples()
})
afterEach(() => doors?.reset())
afterAll(() => doors?.close())

describe.each(['react-vite', 'vue', 'svelte', 'angular', 'axios', 'ky', 'tanstack-query'])('%s', (example) => {
  beforeAll(async () => {
    doors.show(await (example === 'angular' ? buildWithAngular(example) : buildWithVite(example, PAGE_ENV)))
  })

  it('shows in a browser whom the server knows, with the token in one header alone', async () => {
    const page = await signInAt(doors)
    expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
    expect(await whereTokensWent(doors)).toEqual([OWN_API])
  })

  it('shows in Teams whom the server knows, without a click', async () => {
    const { frame } = await doors.openTeams()
    expect(await outputOf(frame)).toBe(doors.keyOf(doors.adele))
  })

  it('renews a token that the server refuses', async () => {
    const page = await signInAt(doors)
    await outputOf(page)
    doors.expireTokens()
    await page.reload()
    expect(await outputOf(page)).toBe(doors.keyOf(doors.adele))
    expect(doors.calls.map(({ code }) => code)).toContain('token_expired')
  })

  // A value of Angular's that is not there throws.
  if (example !== 'angular') return
  it('says so where the server does not answer', async () => {
    const page = await signInAt(doors)
    await outputOf(page)
    await page.route('**/api/me', (route) => route.fulfill({ status: 503 }))
    await page.reload()
    expect(await outputOf(page)).toContain('503')
    await page.click('text=Sign out')
    await page.waitForSelector('text=Sign in')
  })
})

describe('graph', () => {
  beforeAll(async () => doors.show(await buildWithVite('graph', PAGE_ENV)))

  it('shows in a browser what Microsoft Graph says, and the token goes nowhere else', async () => {
    const page = await signInAt(doors)
    expect(await outputOf(page)).toBe(doors.adele.name)
    expect(await whereTokensWent(doors)).toEqual(['header authorization of GET https://graph.microsoft.com/v1.0/me'])
  })

  it('shows it in Teams too', async () => {
    const { frame } = await doors.openTeams({}, { nested: { recommended: true, bridge: true } })
    expect(await outputOf(frame)).toBe(doors.adele.name)
  })
})
