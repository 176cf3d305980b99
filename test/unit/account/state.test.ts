import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accountAfter, followAccount } from '../../../src/account/account-listeners.js'
import { type AccountOwner, createAccountOwner } from '../../../src/account/account-owner.js'
import { endsTokens, keepsAccount, nextStatus, type StateChange } from '../../../src/account/changes.js'
import { type AuthState, type AuthStatus, errorOfState } from '../../../src/account/state.js'
import { createStateStore } from '../../../src/account/store.js'
import type { AuthEvent } from '../../../src/events.js'
import type { Host } from '../../../src/page/host.js'
import { createSignedOutFlag } from '../../../src/page/signed-out-flag.js'
import type { Account } from '../../../src/shared/claims.js'
import { AuthError, type AuthErrorCode, isAuthError } from '../../../src/shared/errors.js'
import { subscribe } from '../../../src/shared/listeners.js'
import { accessToken, adele, bob } from '../jwt.js'

const a: Account = accessToken({ objectId: adele }).account
const b: Account = accessToken({ objectId: bob }).account
const errorFor = (code: AuthErrorCode) => new AuthError(code, { phase: 'source' })

/** Where the table says "–": the very same status, so that no listener is called. */
const same = Symbol('unchanged')

const statuses = {
  starting: { status: 'starting' },
  'signed-in A': { status: 'signed-in', account: a },
  'no-account': { status: 'signed-out', reason: 'no-account' },
  'expired A': { status: 'signed-out', reason: 'expired', account: a, error: errorFor('sign_in_required') },
  'consent A': { status: 'signed-out', reason: 'consent', account: a, error: errorFor('consent_required') },
  'by-user': { status: 'signed-out', reason: 'by-user' },
  'by-user, then denied': { status: 'signed-out', reason: 'by-user', error: errorFor('denied') },
  'failed for now': { status: 'failed', error: errorFor('offline') },
  'failed for good': { status: 'failed', error: errorFor('host_refused') },
  disposed: { status: 'failed', error: errorFor('disposed') },
} satisfies Record<string, AuthStatus>
type Name = keyof typeof statuses

const refused = (code: AuthErrorCode, noAccount = false, isGuess = false, isStepUp = false): StateChange => ({
  type: 'refused',
  error: errorFor(code),
  noAccount,
  isGuess,
  isStepUp,
})
const token = (account: Account, isAsked = false): StateChange => ({
  type: 'token',
  account,
  isAsked,
})

type Cell = string | typeof same
type Verb = (account: AccountOwner) => void
type Row = [event: string, change: StateChange | Verb, cells: Record<Name, Cell>]

/** What can happen before the engine is loaded, too. */
const early: Row[] = [
  ['signOut()', (account) => account.signOut(), { ...all('by-user'), 'by-user': same, disposed: same }],
  [
    'the signed-out flag is found',
    (account) => account.staySignedOut(),
    { ...all('by-user'), 'by-user': same, disposed: same },
  ],
  [
    'the signed-out flag is found after a sign-in that was denied',
    (account) => account.staySignedOut(errorFor('denied')),
    { ...all('by-user, then denied'), ...final() },
  ],
  [
    'the engine cannot be loaded',
    (account) => account.fail(errorFor('unavailable')),
    { ...all(same), starting: 'failed unavailable' },
  ],
  ['dispose()', (account) => account.dispose(), { ...all('failed disposed'), disposed: same }],
]

/** Every event of the table, and what becomes of each status. */
const table: Row[] = [
  ['a token for A', token(a), { ...all('signed-in A'), 'signed-in A': same, ...final() }],
  ['a token for B', token(b), { ...all('signed-in B'), ...final() }],
  ['a token for B that the user asked for', token(b, true), { ...all('signed-in B'), disposed: same }],
  ['no-account', refused('sign_in_required', true), { ...all('no-account'), ...final() }],
  [
    'a sign-in is needed',
    refused('sign_in_required'),
    {
      ...all('no-account'),
      'signed-in A': 'expired A',
      'expired A': 'expired A',
      'consent A': 'expired A',
      ...final(),
    },
  ],
  [
    'consent is needed',
    refused('consent_required'),
    { ...all('consent'), 'signed-in A': 'consent A', 'expired A': 'consent A', 'consent A': 'consent A', ...final() },
  ],
  ...(['offline', 'unavailable', 'throttled', 'timed_out', 'host_timeout'] as const).map(
    (code): Row => [`${code}`, refused(code), { ...all(same), starting: `failed ${code}` }],
  ),
  ...(['host_refused', 'config_invalid', 'unsupported'] as const).map(
    (code): Row => [`${code}`, refused(code), { ...all(`failed ${code}`), ...final() }],
  ),
  ...(['config_invalid', 'unsupported'] as const).map(
    (code): Row => [
      `${code}, by a guess`,
      refused(code, false, true),
      { ...all(`failed ${code}`), 'signed-in A': same, 'expired A': same, 'consent A': same, ...final() },
    ],
  ),
  [
    'the page is framed',
    refused('framed'),
    { ...all('failed framed'), 'signed-in A': same, 'expired A': same, 'consent A': same, ...final() },
  ],
  [
    'a step up takes a person',
    refused('sign_in_required', false, false, true),
    { ...all('no-account'), 'signed-in A': same, 'expired A': 'expired A', 'consent A': 'expired A', ...final() },
  ],
  [
    'a step up takes consent',
    refused('consent_required', false, false, true),
    { ...all('consent'), 'signed-in A': same, 'expired A': 'consent A', 'consent A': 'consent A', ...final() },
  ],
  [
    'a step up is denied',
    refused('denied', false, false, true),
    { ...all('no-account'), 'signed-in A': same, 'expired A': 'expired A', 'consent A': 'expired A', ...final() },
  ],
  ...(['host_refused', 'config_invalid', 'unsupported'] as const).map(
    (code): Row => [
      `a step up is ${code}`,
      refused(code, false, false, true),
      { ...all(`failed ${code}`), 'signed-in A': same, ...final() },
    ],
  ),
  ['the account is gone', { type: 'account-gone', isByUser: false }, { ...all(same), ...ofA('no-account') }],
  ['the user signed out elsewhere', { type: 'account-gone', isByUser: true }, { ...all(same), ...ofA('by-user') }],
  ...early,
]

function all(cell: Cell): Record<Name, Cell> {
  return Object.fromEntries(Object.keys(statuses).map((name) => [name, cell])) as Record<Name, Cell>
}

function ofA(cell: Cell): Pick<Record<Name, Cell>, 'signed-in A' | 'expired A' | 'consent A'> {
  return { 'signed-in A': cell, 'expired A': cell, 'consent A': cell }
}

/** `by-user` waits for signIn(), and nothing follows on dispose(). */
function final(): Pick<Record<Name, Cell>, 'by-user' | 'by-user, then denied' | 'disposed'> {
  return { 'by-user': same, 'by-user, then denied': same, disposed: same }
}

function openAccount(): AccountOwner {
  const host: Host = { kind: 'browser', certain: true, reasons: [] }
  const signedOutFlag = { isSet: () => false, at: () => 0, atFirst: 0, isLasting: () => true, set() {}, clear() {} }
  return createAccountOwner({ host, signedOutFlag, forget() {}, emit() {} })
}

function accountIn(name: Name): AccountOwner {
  const account = openAccount()
  const become = account.extend(
    (_, next: AuthStatus) => next,
    () => {},
  )
  if (name === 'disposed') account.dispose()
  else if (name !== 'starting') become(statuses[name])
  return account
}

function happen(account: AccountOwner, change: StateChange | Verb): void {
  if (typeof change !== 'function') account.extend(nextStatus, () => {})(change)
  else if (!account.disposed.aborted) change(account)
}

/** A status in the words of the table. */
function nameOf(status: AuthStatus): string {
  if (status.status === 'starting') return 'starting'
  if (status.status === 'failed') return `failed ${status.error.code}`
  const { account } = status
  const whose = account && (account.key === a.key ? ' A' : ' B')
  const then = status.status === 'signed-out' && status.reason === 'by-user' && status.error ? ', then denied' : ''
  return [status.status === 'signed-in' ? 'signed-in' : status.reason, whose ?? '', then].join('')
}

describe('the state table', () => {
  const cells = table.flatMap(([event, change, row]) =>
    Object.entries(row).map(([name, cell]) => ({ event, change, name: name as Name, cell })),
  )

  it.each(cells.map((each) => ({ ...each, to: each.cell === same ? 'stays' : String(each.cell) })))(
    '$name: $event → $to',
    ({ change, name, cell }) => {
      const account = accountIn(name)
      const before = account.state
      happen(account, change)
      if (cell === same) expect(account.state).toBe(before)
      else expect(nameOf(account.state)).toBe(cell)
    },
  )

  it('keeps the evidence of a refusal', () => {
    const error = errorFor('consent_required')
    for (const name of ['starting', 'signed-in A', 'no-account', 'failed for now'] as const)
      expect(
        nextStatus(statuses[name], { type: 'refused', error, noAccount: false, isGuess: false, isStepUp: false }),
      ).toMatchObject({
        error,
      })
  })

  it('takes new names of the same account for no change', () => {
    expect(nextStatus(statuses['signed-in A'], token({ ...a, name: 'Adele Vance' }))).toBe(statuses['signed-in A'])
  })

  it('never leaves a status that it does not know', () => {
    const known = /^(starting|signed-in [AB]|(no-account|expired|consent|by-user)( [AB]|, then denied)?|failed \w+)$/
    for (const [, first] of table)
      for (const [, second] of table)
        for (const name of Object.keys(statuses) as Name[]) {
          const account = accountIn(name)
          for (const change of [first, second]) if (!account.disposed.aborted) happen(account, change)
          expect(nameOf(account.state)).toMatch(known)
        }
  })
})

describe('tokens from before a change', () => {
  const others = Object.keys(statuses).filter((name) => name !== 'signed-in A') as Name[]

  it.each(others)('are over once it is %s', (name) => {
    for (const before of Object.keys(statuses) as Name[])
      if (before !== name) expect(endsTokens(statuses[name], statuses[before]), before).toBe(true)
  })

  it('are good for the account that they were for, and for no other', () => {
    const signedIn = statuses['signed-in A']
    expect(endsTokens({ ...signedIn }, signedIn)).toBe(false)
    expect(endsTokens({ ...signedIn, account: b }, signedIn)).toBe(true)
    for (const name of others) expect(endsTokens(signedIn, statuses[name]), name).toBe(false)
  })

  it('are not over where nothing changes', () => {
    for (const status of Object.values(statuses)) expect(endsTokens(status, status)).toBe(false)
  })
})

it('an account is still known after it expired or failed, and neither after a sign-out nor after dispose()', () => {
  const known = (Object.keys(statuses) as Name[]).filter((name) => keepsAccount(statuses[name]))
  expect(known).toEqual(['signed-in A', 'expired A', 'consent A', 'failed for now', 'failed for good'])
})

describe('an account without the engine', () => {
  it.each(early)('follows the table: %s', (_, change, cells) => {
    const account = openAccount()
    happen(account, change)
    expect(nameOf(account.state)).toBe(cells.starting)
  })

  it('rejects a sign-out after dispose()', () => {
    const account = openAccount()
    account.dispose()
    expect(() => account.signOut()).toThrow(account.disposed.reason)
  })
})

describe('an account that the engine extends', () => {
  it('learns of each change once it stands, before any listener, and where nothing changes', () => {
    const account = openAccount()
    const seen: string[] = []
    const change = account.extend(nextStatus, (next, previous) => {
      seen.push(`${nameOf(previous)} → ${nameOf(next)}, ${nameOf(account.state)} stands`)
    })
    account.subscribe((state) => seen.push(`the app: ${nameOf(state)}`))
    change(token(a), () => seen.push('finished'))
    change(token(a), () => seen.push('finished'))
    expect(seen).toEqual([
      'starting → signed-in A, signed-in A stands',
      'finished',
      'the app: signed-in A',
      'signed-in A → signed-in A, signed-in A stands',
      'finished',
    ])
  })

  it('changes nothing after dispose()', () => {
    const account = openAccount()
    const finish = vi.fn()
    const change = account.extend(nextStatus, finish)
    account.dispose()
    finish.mockReset()
    change(token(a), finish)
    expect(nameOf(account.state)).toBe('failed disposed')
    expect(finish).not.toHaveBeenCalled()
  })
})

describe('whose page it is', () => {
  const whose: Record<Name, 'A' | 'nobody’s' | 'as before'> = {
    starting: 'as before',
    'signed-in A': 'A',
    'no-account': 'nobody’s',
    'expired A': 'A',
    'consent A': 'A',
    'by-user': 'nobody’s',
    'by-user, then denied': 'nobody’s',
    'failed for now': 'as before',
    'failed for good': 'as before',
    disposed: 'as before',
  }

  it.each(Object.entries(whose))('after %s: %s', (name, expected) => {
    for (const before of [undefined, a, b]) {
      const account = accountAfter(before, statuses[name as Name])
      const outcomes = { A: a, 'nobody’s': undefined, 'as before': before }
      expect(account).toBe(outcomes[expected])
    }
  })

  it('stays that of an account whose consent was asked for before it was known', () => {
    expect(accountAfter(a, { status: 'signed-out', reason: 'consent' })).toBe(a)
  })
})

describe('errorOfState', () => {
  it.each<[Name, AuthErrorCode]>([
    ['no-account', 'sign_in_required'],
    ['expired A', 'sign_in_required'],
    ['consent A', 'consent_required'],
    ['by-user', 'sign_in_required'],
    ['failed for now', 'offline'],
    ['disposed', 'disposed'],
  ])('tells a call in %s: %s', (name, code) => {
    expect(isAuthError(errorOfState(statuses[name]), code)).toBe(true)
    expect(errorOfState(statuses[name]).phase).toBe('source')
  })

  it('is the error of a failed state itself', () => {
    expect(errorOfState(statuses['failed for now'])).toBe(statuses['failed for now'].error)
  })

  it('passes on the claims challenge that ended the sign-in', () => {
    const error = new AuthError('sign_in_required', { phase: 'renewal', claims: '{"access_token":{}}' })
    const state: AuthStatus = { status: 'signed-out', reason: 'expired', account: a, error }
    expect(errorOfState(state)).toMatchObject({ claims: '{"access_token":{}}', cause: error })
  })
})

describe('the state store', () => {
  const host: Host = Object.freeze({ kind: 'teams', certain: false, reasons: ['framed'] })
  const reported = vi.fn()

  beforeEach(() => {
    vi.stubGlobal('reportError', reported)
  })

  afterEach(() => {
    reported.mockReset()
    vi.unstubAllGlobals()
  })

  function setUp() {
    const events: AuthEvent[] = []
    const store = createStateStore(host, (event) => events.push(event))
    const calls: string[] = []
    const listen = (state: AuthState) => calls.push(nameOf(state))
    return { store, events, calls, listen }
  }

  it('starts, with the host', () => {
    const { store } = setUp()
    expect(store.current).toEqual({ host, status: 'starting' })
  })

  it('replaces an immutable snapshot', () => {
    const { store } = setUp()
    const first = store.current
    store.become(statuses['signed-in A'])
    expect(store.current).not.toBe(first)
    expect(first.status).toBe('starting')
    expect(store.current).toEqual({ ...statuses['signed-in A'], host })
    expect(Object.isFrozen(first) && Object.isFrozen(store.current)).toBe(true)
  })

  it('tells listeners and onEvent of every change, in its order', () => {
    const { store, events, calls, listen } = setUp()
    store.subscribe(listen)
    store.become(statuses['signed-in A'])
    store.become(statuses['by-user'])
    expect(calls).toEqual(['signed-in A', 'by-user'])
    expect(events.map((event) => event.type)).toEqual(['state', 'state'])
  })

  it('is ready with the first state after starting, and with that one for ever', async () => {
    const { store } = setUp()
    store.describe({ theme: 'dark' })
    const settled = vi.fn()
    void store.ready.then(settled)
    await Promise.resolve()
    expect(settled).not.toHaveBeenCalled()
    store.become(statuses['no-account'])
    store.become(statuses['signed-in A'])
    expect(nameOf(await store.ready)).toBe('no-account')
  })

  it('describes the host without changing who is signed in', () => {
    const { store, calls, listen } = setUp()
    store.become(statuses['signed-in A'])
    store.subscribe(listen)
    store.describe({ name: 'TeamsModern', certain: true })
    expect(store.current).toEqual({
      ...statuses['signed-in A'],
      host: { kind: 'teams', certain: true, reasons: ['framed'], name: 'TeamsModern' },
    })
    expect(calls).toEqual(['signed-in A'])
    store.become(statuses['no-account'])
    expect(store.current.host.name).toBe('TeamsModern')
  })

  it('lets the new state stand before any listener is called', () => {
    const { store, calls, listen } = setUp()
    store.subscribe(listen)
    store.become(statuses['signed-in A'], () => {
      expect(store.current.status).toBe('signed-in')
      expect(calls).toEqual([])
    })
    expect(calls).toEqual(['signed-in A'])
  })

  it('tells everybody in the order of the changes where a listener makes the next one', () => {
    const { store, events, calls, listen } = setUp()
    store.subscribe((state) => {
      if (state.status === 'signed-in') store.become(statuses['by-user'])
    })
    store.subscribe(listen)
    store.become(statuses['signed-in A'])
    expect(calls).toEqual(['signed-in A', 'by-user'])
    expect(events.map((event) => event.type === 'state' && nameOf(event.state))).toEqual(calls)
  })

  it('keeps that order where the preparation makes the next change', () => {
    const { store, calls, listen } = setUp()
    store.subscribe(listen)
    store.become(statuses['signed-in A'], () => store.become(statuses['by-user']))
    expect(calls).toEqual(['signed-in A', 'by-user'])
    expect(nameOf(store.current)).toBe('by-user')
  })

  it('goes on where a listener throws, and reports what it threw', () => {
    const { store, calls, listen } = setUp()
    const broken = new Error('broken listener')
    store.subscribe(() => {
      throw broken
    })
    store.subscribe(listen)
    store.become(statuses['no-account'])
    store.become(statuses['signed-in A'])
    expect(calls).toEqual(['no-account', 'signed-in A'])
    expect(reported.mock.calls).toEqual([[broken], [broken]])
  })

  it('tells nobody who has left, even during the announcement', () => {
    const { store, calls, listen } = setUp()
    store.subscribe(() => undo())
    const undo = store.subscribe(listen)
    store.become(statuses['no-account'])
    store.become(statuses['signed-in A'])
    expect(calls).toEqual([])
    undo()
  })
})

describe('a listener for the account', () => {
  const reported = vi.fn()

  beforeEach(() => {
    vi.stubGlobal('reportError', reported)
  })

  afterEach(() => {
    reported.mockReset()
    vi.unstubAllGlobals()
  })

  function setUp() {
    const store = createStateStore({ kind: 'browser', certain: true, reasons: [] }, () => {})
    const listeners = new Set<(account: Account | undefined) => void>()
    const notifyAccount = followAccount(listeners, () => store.current)
    const become = (next: AuthStatus, prepare?: () => void) =>
      store.become(next, () => {
        prepare?.()
        notifyAccount()
      })
    return {
      store,
      become,
      onAccount: (listener: (account: Account | undefined) => void) => subscribe(listeners, listener),
    }
  }

  function setUpListener() {
    const { onAccount, ...more } = setUp()
    const calls: (string | undefined)[] = []
    return { ...more, calls, onAccount, undo: onAccount((account) => calls.push(account?.key)) }
  }

  it('is called each time that it is another one', () => {
    const { become, calls } = setUpListener()
    for (const name of ['signed-in A', 'expired A', 'failed for now', 'signed-in A'] as const) become(statuses[name])
    expect(calls).toEqual([a.key])
    become({ status: 'signed-in', account: b })
    for (const name of ['by-user', 'no-account', 'signed-in A', 'failed for good', 'no-account'] as const)
      become(statuses[name])
    expect(calls).toEqual([a.key, b.key, undefined, a.key, undefined])
  })

  it('is called at once: before any listener of the state, and within what that one does', () => {
    const { store, become, calls } = setUpListener()
    const seen: unknown[] = []
    store.subscribe((state) => {
      seen.push([...calls])
      if (state.status !== 'signed-in') return
      become(statuses['by-user'])
      seen.push([...calls])
    })
    become(statuses['signed-in A'])
    expect(seen).toEqual([[a.key], [a.key, undefined], [a.key, undefined]])
  })

  it('is never called with an older one after a newer one', () => {
    const { become, onAccount } = setUp()
    onAccount((account) => account && become(statuses['by-user']))
    const calls: unknown[] = []
    onAccount((account) => calls.push(account))
    become(statuses['signed-in A'])
    expect(calls).toEqual([undefined])
  })

  it('is called whichever other one throws, and not after the undo', () => {
    const { become, calls, undo, onAccount } = setUpListener()
    onAccount(() => {
      throw new Error('broken carrier')
    })
    const others: unknown[] = []
    onAccount((account) => others.push(account?.key))
    undo()
    become(statuses['signed-in A'])
    expect(calls).toEqual([])
    expect(others).toEqual([a.key])
    expect(reported).toHaveBeenCalledTimes(1)
  })
})

it('a sign-out that finds storage full is remembered in the room that it makes', () => {
  const kept = new Map<string, string>()
  let isFull = false
  const storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = {
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (isFull) throw new DOMException('full', 'QuotaExceededError')
      kept.set(key, value)
    },
    removeItem: (key) => void kept.delete(key),
  }
  const page = { localStorage: storage, sessionStorage: storage } as unknown as Window
  const host: Host = { kind: 'browser', certain: true, reasons: [] }
  const forget = () => {
    isFull = false
  }
  const account = createAccountOwner({ host, signedOutFlag: createSignedOutFlag(page, 'client'), forget, emit() {} })
  isFull = true
  account.signOut()
  expect(createSignedOutFlag(page, 'client').isSet()).toBe(true)
})
