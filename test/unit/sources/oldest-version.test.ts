import { afterEach, describe, expect, it, vi } from 'vitest'

const part = {}

const checks: Record<string, (version: string) => Promise<(part: object) => object>> = {
  async '@microsoft/teams-js'(version) {
    vi.doMock('@microsoft/teams-js', () => ({ version }))
    return (await import('../../../src/sources/teams/versions.js')).checkTeamsVersion
  },
  async '@azure/msal-browser'(version) {
    vi.doMock('@azure/msal-browser', () => ({ version }))
    return (await import('../../../src/sources/msal/versions.js')).checkMsalVersion
  },
}

afterEach(() => vi.resetModules())

describe.each(Object.entries(checks))('%s', (library, checkOf) => {
  const old = library.endsWith('teams-js')
    ? ['1.99.99', '2.4.1', '2.30.9', '0.0.0']
    : ['3.30.0', '4.9.0', '4.8.11', '0']
  const current = library.endsWith('teams-js')
    ? ['2.31', '2.31.0', '2.31.1-beta.0', '2.100.0', '3.0', '10.0.0', 'unknown']
    : ['4.9.1', '4.9.1-beta', '4.10.0', '5.0.0', '5', '10.0.0', 'unknown']

  it.each(old)('%s is refused, by its name', async (version) => {
    const check = await checkOf(version)
    expect(() => check(part)).toThrow(`${library} ${version} is older than that.`)
  })

  it.each(current)('%s is taken', async (version) => {
    expect((await checkOf(version))(part)).toBe(part)
  })
})
