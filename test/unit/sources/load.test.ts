import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadEngine } from '../../../src/load-engine.js'
import { load, loadMsal, loadTeams } from '../../../src/sources/load.js'
import type { Refusal } from '../../../src/sources/source.js'
import { errorOf } from '../../../src/tokens/error-of.js'

const never = () => new Promise<never>(() => {})

vi.mock('../../../src/engine.js', () => new Promise(() => {}))
vi.mock('../../../src/sources/msal/library.js', () => new Promise(() => {}))
vi.mock('../../../src/sources/teams/library.js', () => new Promise(() => {}))

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a part that never comes', () => {
  it.each([
    ['the engine', loadEngine],
    ['MSAL', loadMsal],
    ['teams-js', () => loadTeams({} as Window)],
  ] as const)('%s is given up after thirty seconds', async (_, load) => {
    const loading: Promise<object> = load()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await loading).toMatchObject({
      refused: 'unavailable',
      message: 'A part of twodoor could not be loaded. No response.',
    })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a part that fails', () => {
  const secret = 'sig=AbCdEfGhIj%3D'
  const failing = (text: string) => load(() => Promise.reject(new TypeError(text)))

  it.each([
    `Failed to fetch dynamically imported module: https://cdn.contoso.com/engine.js?sv=1&${secret}`,
    `Loading chunk 12 failed.\n(missing: https://cdn.contoso.com/engine.js#${secret})`,
    `Importing ${secret} from https://cdn.contoso.com/engine.js failed, as https://cdn.contoso.com/?${secret} did.`,
  ])('names its address, and nothing that signs it: %j', async (text) => {
    const refusal = (await failing(text)) as Refusal
    expect(refusal).toMatchObject({
      refused: 'unavailable',
      message: expect.stringMatching(/contoso\.com\/engine\.js$/),
    })
    expect(JSON.stringify(errorOf(refusal, 'source'))).not.toContain(secret)
  })

  it('without an address says nothing of its cause', async () => {
    const refusal = (await failing(`Boom: ${secret}`)) as Refusal
    const error = errorOf(refusal, 'source')
    expect(error).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: 'A part of twodoor could not be loaded.',
    })
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
