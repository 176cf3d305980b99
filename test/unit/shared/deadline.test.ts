import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { abortable, withDeadline } from '../../../src/shared/deadline.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const never = new Promise<never>(() => {})

function pending<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

describe('withDeadline', () => {
  it('answers like the promise and leaves no timer behind', async () => {
    expect(await withDeadline(Promise.resolve('in time'), 1_000, () => 'late')).toBe('in time')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects like the promise and leaves no timer behind', async () => {
    const broken = withDeadline(Promise.reject(new Error('broken')), 1_000, () => 'late')
    await expect(broken).rejects.toThrow('broken')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers with the substitute at the deadline, and not before', async () => {
    const late = vi.fn(() => 'late')
    const answer = withDeadline<string>(never, 1_000, late)
    await vi.advanceTimersByTimeAsync(999)
    expect(late).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await answer).toBe('late')
  })

  it('rejects where the substitute throws or rejects', async () => {
    const thrown = withDeadline(never, 1_000, () => {
      throw new Error('too late')
    })
    const rejected = withDeadline(never, 1_000, () => Promise.reject(new Error('much too late')))
    const both = Promise.allSettled([thrown, rejected])
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await both).map((each) => each.status)).toEqual(['rejected', 'rejected'])
  })

  it('hands a late answer on, once', async () => {
    const { promise, resolve } = pending<string>()
    const adopt = vi.fn()
    const answer = withDeadline(promise, 1_000, () => 'late', { onLate: adopt })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await answer).toBe('late')
    expect(adopt).not.toHaveBeenCalled()
    resolve('at last')
    await vi.advanceTimersByTimeAsync(0)
    expect(adopt.mock.calls).toEqual([['at last']])
  })

  it('does not hand on an answer that came in time', async () => {
    const adopt = vi.fn()
    await withDeadline(Promise.resolve('in time'), 1_000, () => 'late', { onLate: adopt })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(adopt).not.toHaveBeenCalled()
  })

  it('swallows an answer after the deadline that nobody asked to get', async () => {
    const { promise, resolve } = pending<string>()
    const answer = withDeadline(promise, 1_000, () => 'late')
    await vi.advanceTimersByTimeAsync(1_000)
    resolve('at last')
    await vi.advanceTimersByTimeAsync(0)
    expect(await answer).toBe('late')
  })

  it('swallows a rejection after the deadline', async () => {
    const { promise, reject } = pending<string>()
    const answer = withDeadline(promise, 1_000, () => 'late')
    await vi.advanceTimersByTimeAsync(1_000)
    reject(new Error('nobody waits for this'))
    expect(await answer).toBe('late')
  })
})

describe('abortable', () => {
  it('is the promise itself without a signal', () => {
    const promise = Promise.resolve(1)
    expect(abortable(promise, undefined)).toBe(promise)
    expect(abortable(promise, null)).toBe(promise)
  })

  it('rejects with the very reason of the signal, before and during', async () => {
    const reason = { any: 'value' }
    await expect(abortable(never, AbortSignal.abort(reason))).rejects.toBe(reason)
    const controller = new AbortController()
    const waiting = abortable(never, controller.signal)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  it('settles like the promise and stops listening', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    expect(await abortable(Promise.resolve(1), signal)).toBe(1)
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
    await vi.advanceTimersByTimeAsync(0)
    expect(removed.mock.calls.map(([type]) => type)).toEqual(['abort', 'abort'])
  })

  it('leaves no rejection unheard that comes after the abort', async () => {
    const { promise, reject } = pending<number>()
    const waiting = abortable(promise, AbortSignal.abort('gone'))
    reject(new Error('nobody waits for this'))
    await expect(waiting).rejects.toBe('gone')
  })
})
