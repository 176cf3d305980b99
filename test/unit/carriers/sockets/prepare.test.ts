// @vitest-environment node
// What renews and ends a live socket is a part of its own, which is loaded beside the first token.
import { describe, expect, it, vi } from 'vitest'
import { AuthError } from '../../../../src/shared/errors.js'
import {
  accessToken,
  deferred,
  errorsOf,
  fakeAuth,
  freezeTime,
  open,
  patient,
  settle,
  startServer,
  until,
  withoutJitter,
} from './world.js'

/** An `auth` whose part comes when the test says so. */
function loadingAuth() {
  const auth = fakeAuth(accessToken('t1'))
  const loads: ReturnType<typeof deferred<true>>[] = []
  auth.isPrepared = false
  auth.prepare = () => {
    if (auth.isPrepared) return undefined
    const load = deferred<true>()
    load.promise.catch(() => {})
    loads.push(load)
    return load.promise
  }
  function come(): void {
    auth.isPrepared = true
    for (const load of loads) load.resolve(true)
  }
  return { auth, loads, come }
}

describe('the part that keeps a socket alive', () => {
  it('is there before any CONNECT goes out, and then hears of a sign-out', async () => {
    const { url, tokens, count } = await startServer()
    const { auth, come, loads } = loadingAuth()
    const socket = open(url, auth)
    await until(() => loads.length > 0)
    await settle()
    expect(tokens()).toEqual([])
    come()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
    auth.leave()
    await until(() => count() === 0)
    expect(socket.connected).toBe(false)
  })

  it('is waited for with each connection anew, and by no other one', async () => {
    const { url, tokens, engines } = await startServer()
    const { auth, come, loads } = loadingAuth()
    const socket = open(url, auth)
    await until(() => engines() === 1 && loads.length >= 3)
    const before = loads.length
    socket.io.engine.close()
    await until(() => loads.length > before)
    come()
    await until(() => socket.connected)
    await settle()
    expect(tokens()).toEqual(['t1'])
  })

  it('is asked for again when it did not come, with a back-off, and the app hears why', async () => {
    withoutJitter()
    const { url, tokens } = await startServer()
    const { auth, come, loads } = loadingAuth()
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    const asked = loads.length
    await until(() => loads.length > asked)
    for (const load of [...loads]) load.reject(new AuthError('unavailable', { phase: 'source' }))
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'unavailable', retryable: true }])
    const before = loads.length
    await until(() => loads.length > before)
    expect(tokens()).toEqual([])
    come()
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t1'])
  })

  it('is not waited for longer than 15 s', async () => {
    freezeTime()
    withoutJitter(0.5)
    const { url, tokens } = await startServer()
    const { auth, loads } = loadingAuth()
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => loads.length > 0)
    await settle()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(errors).toMatchObject([{ code: 'timed_out', phase: 'socket', retryable: true }])
    expect(tokens()).toEqual([])
  })

  it('coming after a sign-out connects nobody', async () => {
    const { url, tokens } = await startServer()
    const { auth, come, loads } = loadingAuth()
    auth.answer = () => auth.cached ?? Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    await until(() => loads.length > 0)
    auth.leave()
    come()
    await until(() => errors.length > 0)
    await settle()
    expect(errors).toMatchObject([{ code: 'sign_in_required' }])
    expect(tokens()).toEqual([])
    auth.publish(accessToken('t2'))
    await until(() => socket.connected)
    expect(tokens()).toEqual(['t2'])
  })

  it.each(Array.from({ length: 13 }, (_, i) => i))(
    'coming %i steps before a sign-out connects nobody',
    async (steps) => {
      const { url, count } = await startServer()
      const { auth, come, loads } = loadingAuth()
      auth.answer = () => auth.cached ?? Promise.reject(new AuthError('sign_in_required', { phase: 'source' }))
      const socket = open(url, auth)
      errorsOf(socket)
      await until(() => loads.length > 0)
      await settle()
      come()
      for (let step = 0; step < steps; step += 1) await undefined
      auth.leave()
      await settle()
      expect(socket.connected).toBe(false)
      expect(count()).toBe(0)
    },
  )

  it('coming after an account switch connects nobody as the new one', async () => {
    const { url, tokens } = await startServer()
    const { auth, come, loads } = loadingAuth()
    const socket = open(url, auth)
    const errors = errorsOf(socket)
    socket.emit('note', 'alice wrote this')
    await until(() => loads.length > 0)
    auth.leave()
    auth.publish(accessToken('t2', 'bob'))
    come()
    await until(() => errors.length > 0)
    await settle()
    expect(errors).toMatchObject([{ code: 'account_mismatch' }])
    expect(tokens()).toEqual([])
    expect(socket.sendBuffer).toEqual([])
  })

  it('lets a socket come back at a wake-up that never had a connection', async () => {
    freezeTime()
    const { url } = await startServer()
    const { auth, come, loads } = loadingAuth()
    const socket = open('http://127.0.0.1:1', auth, patient)
    const errors = errorsOf(socket)
    await until(() => errors.length > 0)
    expect(loads.length).toBeGreaterThan(0)
    come()
    await settle()
    Reflect.set(socket.io, 'uri', url) // the server is there again
    auth.wake()
    await until(() => socket.connected)
  })
})
