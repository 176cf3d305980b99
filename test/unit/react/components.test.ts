import { Activity, act, createElement as h, type ReactNode, StrictMode } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AuthProvider, SignedIn, SignedOut, SignInGuard, useAuth, useToken } from '../../../src/react/index.js'
import { isUnknownVisitor } from '../../../src/react/sign-in-guard.js'
import { useStoreOfReact17 } from '../../../src/react/use-store.js'
import type { Account } from '../../../src/shared/claims.js'
import { AuthError } from '../../../src/shared/errors.js'
import { createTestAuth, type TestAuth, type TestState, testAccount } from '../../../src/testing/index.js'

const bob: Account = { ...testAccount, key: `${testAccount.key}b`, name: 'Bob' }
let page: HTMLElement
let root: Root | undefined

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  page = document.body.appendChild(document.createElement('div'))
})
afterEach(async () => {
  await act(async () => root?.unmount())
  page.remove()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const within = (auth: TestAuth, ...children: ReactNode[]) =>
  h(StrictMode, null, h(AuthProvider, { auth }, ...children.map((child, key) => h('p', { key }, child))))

async function render(auth: TestAuth, ...children: ReactNode[]): Promise<() => string> {
  root = createRoot(page)
  await act(async () => root?.render(within(auth, ...children)))
  return () => page.innerHTML
}

describe('a component', () => {
  const Status = () => {
    const { state, auth } = useAuth()
    if (state.status === 'signed-in') return state.account.name
    return h('button', { type: 'button', onClick: auth.signIn }, state.status)
  }

  it('shows who is signed in, at every change', async () => {
    const auth = createTestAuth('starting')
    const shown = await render(auth, h(Status))
    expect(shown()).toContain('starting')
    await act(async () => auth.set('signed-in'))
    expect(shown()).toBe('<p>Adele Vance</p>')
    await act(async () => auth.signOutElsewhere())
    expect(shown()).toContain('signed-out')
    page.querySelector('button')?.click()
    expect(auth.calls.signIn).toEqual([undefined])
  })

  it('says which component is missing around it', () => {
    expect(() => renderToString(h(Status))).toThrow('There is no <AuthProvider> around this component.')
  })

  it('is rendered by a server, and goes on in the page without a warning', async () => {
    const error = vi.spyOn(console, 'error')
    page.innerHTML = renderToString(within(createTestAuth('signed-in'), h(Status)))
    expect(page.innerHTML).toContain('starting')
    await act(async () => {
      root = hydrateRoot(page, within(createTestAuth('signed-in'), h(Status)))
    })
    expect(page.innerHTML).toBe('<p>Adele Vance</p>')
    expect(error).not.toHaveBeenCalled()
  })

  it('follows another Auth that takes the place of the first', async () => {
    const shown = await render(createTestAuth('signed-in'), h(Status))
    await act(async () => root?.render(within(createTestAuth('signed-out'), h(Status))))
    expect(shown()).toContain('signed-out')
  })
})

describe('children', () => {
  it('of SignedIn and SignedOut are shown to those alone', async () => {
    const auth = createTestAuth('starting')
    const shown = await render(
      auth,
      h(SignedIn, null, 'in'),
      h(SignedIn, { children: ({ name }) => name }),
      h(SignedOut, null, 'out'),
      h(SignedOut, { children: ({ reason }) => reason }),
    )
    expect(shown()).toBe('<p></p><p></p><p></p><p></p>')
    await act(async () => auth.set('signed-in'))
    expect(shown()).toBe('<p>in</p><p>Adele Vance</p><p></p><p></p>')
    await act(async () => auth.set('signed-out'))
    expect(shown()).toBe('<p></p><p></p><p>out</p><p>no-account</p>')
    await act(async () => auth.set('failed'))
    expect(shown()).toBe('<p></p><p></p><p></p><p></p>')
  })
})

describe('a guard', () => {
  const guard = h(SignInGuard, { fallback: 'Please sign in.' }, 'secret')
  const failure = new AuthError('denied', { phase: 'source' })
  const refusal = (details: object) => new AuthError('sign_in_required', { phase: 'source', ...details })
  const inTeams = { kind: 'teams', certain: true, reasons: [] } as const

  it('sends a visitor to the sign-in, and shows what it guards once somebody is signed in', async () => {
    const auth = createTestAuth('starting')
    const shown = await render(auth, guard)
    await act(async () => auth.set('signed-out'))
    expect(shown()).toBe('<p>Please sign in.</p>')
    expect(auth.calls.signIn).toHaveLength(1)
    await act(async () => auth.set('signed-in'))
    expect(shown()).toBe('<p>secret</p>')
  })

  it('leaves a sign-out in another tab alone', async () => {
    const auth = createTestAuth('signed-in')
    const shown = await render(auth, guard)
    await act(async () => auth.signOutElsewhere())
    expect(shown()).toBe('<p>Please sign in.</p>')
    expect(auth.calls.signIn).toEqual([])
  })

  it('leaves alone whose account is gone: with MSAL another app of the page, or of another tab, has signed them out', async () => {
    const auth = createTestAuth('signed-in')
    const shown = await render(auth, guard)
    await act(async () => auth.set({ status: 'signed-out', reason: 'no-account' }))
    expect(shown()).toBe('<p>Please sign in.</p>')
    expect(auth.calls.signIn).toEqual([])
  })

  it('does not hold a user who has come by the Back button', async () => {
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'back_forward' }] as never)
    const auth = createTestAuth('signed-out')
    await render(auth, guard)
    expect(auth.calls.signIn).toEqual([])
  })

  it.each<[TestState, boolean]>([
    ['signed-out', true],
    ['starting', false],
    ['signed-in', false],
    ['failed', false],
    [{ status: 'signed-out', reason: 'by-user' }, false],
    [{ status: 'signed-out', reason: 'expired' }, false],
    [{ status: 'signed-out', reason: 'consent' }, false],
    [{ status: 'signed-out', reason: 'no-account', error: failure }, false],
    [{ status: 'signed-out', reason: 'no-account', error: refusal({}) }, true],
    [{ status: 'signed-out', reason: 'no-account', error: refusal({ aadsts: 50076 }) }, false],
    [{ status: 'signed-out', reason: 'no-account', error: refusal({ claims: '{}' }) }, false],
    [{ status: 'signed-out', reason: 'no-account', host: inTeams }, false],
  ])('takes %j for a visitor: %s', (state, is) => {
    expect(isUnknownVisitor(createTestAuth(state).state)).toBe(is)
  })
})

describe('a token', () => {
  const seen: string[] = []
  const Token = ({ scopes }: { scopes?: string | string[] }) => {
    const result = useToken(scopes)
    seen.push(result.status === 'ready' ? result.token : result.status)
    return result.status
  }
  beforeEach(() => {
    seen.length = 0
  })

  it('is of who is signed in now, and of nobody else for a single render', async () => {
    const auth = createTestAuth('signed-out')
    const shown = await render(auth, h(Token))
    expect(shown()).toBe('<p>waiting</p>')
    await act(async () => auth.set('signed-in'))
    expect(shown()).toBe('<p>ready</p>')
    const first = seen.at(-1)
    seen.length = 0
    await act(async () => auth.switchAccount(bob))
    expect(shown()).toBe('<p>ready</p>')
    expect(seen[0]).toBe('waiting')
    expect(seen).not.toContain(first)
    await act(async () => auth.set('signed-out'))
    expect(shown()).toBe('<p>waiting</p>')
  })

  it.each<[string, TestState]>([
    ['has signed out', { status: 'signed-out', reason: 'by-user' }],
    ['had an expired sign-in', { status: 'signed-out', reason: 'expired', account: testAccount }],
  ])('of before is never seen again by a user who %s, and signs in with the same account', async (_, out) => {
    const auth = createTestAuth('signed-in')
    await render(auth, h(Token))
    const first = seen.at(-1)
    await act(async () => auth.set(out))
    seen.length = 0
    await act(async () => {
      auth.set('signed-in')
      auth.renew()
    })
    expect(seen[0]).toBe('waiting')
    expect(seen).not.toContain(first)
    expect(seen.at(-1)).toMatch(/^eyJ/)
  })

  it('of a hidden part of the page is that of now when it is shown again', async () => {
    const auth = createTestAuth('signed-in')
    const hidden = (mode: 'hidden' | 'visible') => h(Activity, { mode, children: h(Token) })
    await render(auth, hidden('visible'))
    const first = seen.at(-1)
    await act(async () => root?.render(within(auth, hidden('hidden'))))
    await act(async () => auth.signOutElsewhere())
    seen.length = 0
    await act(async () => {
      auth.set('signed-in')
      auth.renew()
      root?.render(within(auth, hidden('visible')))
    })
    expect(seen).not.toContain(first)
    expect(seen.at(-1)).toMatch(/^eyJ/)
  })

  it('that is renewed for any other reason is the one that is seen', async () => {
    const auth = createTestAuth('signed-in')
    await render(auth, h(Token))
    await act(async () => auth.renew('the next one'))
    expect(seen.at(-1)).toBe('the next one')
  })

  it('is asked for once for scopes that are another list at each render', async () => {
    const auth = createTestAuth('signed-in')
    await render(auth, h(Token, { scopes: ['User.Read'] }))
    const calls = auth.calls.getToken.length
    await act(async () => root?.render(within(auth, h(Token, { scopes: ['User.Read'] }))))
    expect(auth.calls.getToken).toHaveLength(calls)
    await act(async () => root?.render(within(auth, h(Token, { scopes: ['Mail.Read'] }))))
    expect(auth.calls.getToken.at(-1)).toEqual(['Mail.Read'])
  })
})

describe('a store under React 17', () => {
  function storeOf(value: string) {
    const listeners = new Set<() => void>()
    const store = {
      value,
      listeners,
      subscribe(listener: () => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      set(next: string) {
        store.value = next
        for (const each of listeners) each()
      },
    }
    return store
  }
  const Shown = ({ store }: { store: ReturnType<typeof storeOf> }) =>
    useStoreOfReact17(
      store.subscribe as never,
      () => store.value,
      () => 'server',
    )

  it('is shown, followed and left alone', async () => {
    const [first, second] = [storeOf('a'), storeOf('b')]
    expect(renderToString(h(Shown, { store: first }))).toBe('server')
    root = createRoot(page)
    await act(async () => root?.render(h(Shown, { store: first })))
    expect(page.innerHTML).toBe('a')
    await act(async () => first.set('c'))
    expect(page.innerHTML).toBe('c')
    await act(async () => root?.render(h(Shown, { store: second })))
    expect(page.innerHTML).toBe('b')
    expect(first.listeners.size).toBe(0)
    await act(async () => root?.unmount())
    expect(second.listeners.size).toBe(0)
  })
})
