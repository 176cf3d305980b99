import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadFlow } from '../../src/load-flow.js'
import { loadMsal, loadTeams } from '../../src/sources/load.js'

const never = () => new Promise<never>(() => {})

vi.mock('../../src/flow.js', () => new Promise(() => {}))
vi.mock('../../src/sources/msal/library.js', () => new Promise(() => {}))
vi.mock('../../src/sources/teams/library.js', () => new Promise(() => {}))

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a part that never comes', () => {
  it.each([
    ['the flow', loadFlow],
    ['MSAL', loadMsal],
    ['teams-js', () => loadTeams({} as Window)],
  ] as const)('%s is given up after thirty seconds', async (_, load) => {
    const loading: Promise<object> = load()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await loading).toMatchObject({
      refused: 'unavailable',
      message: 'A part of twodoor could not be loaded. No answer.',
    })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the teams-js of the page', () => {
  const library = { app: {}, authentication: {} }

  it('is used instead of a second copy', async () => {
    const loaded = await loadTeams({ microsoftTeams: library } as unknown as Window)
    expect(loaded).toBe(library)
  })

  it.each([undefined, null, {}, { initialize: never }, { app: {} }])('is not used where it is %o', async (given) => {
    const loading = loadTeams({ microsoftTeams: given } as unknown as Window)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await loading).toMatchObject({ refused: 'unavailable' }) // its own copy never comes, here
  })
})
