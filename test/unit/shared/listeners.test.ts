import { afterEach, describe, expect, it, vi } from 'vitest'
import { notify, subscribe } from '../../../src/shared/listeners.js'

afterEach(() => vi.unstubAllGlobals())

const setUp = () => new Set<(...values: unknown[]) => void>()

describe('listeners', () => {
  it('hear what they are told, in the order in which they came', () => {
    const [listeners, heard] = [setUp(), [] as unknown[]]
    subscribe(listeners, (...values) => heard.push('first', ...values))
    subscribe(listeners, (...values) => heard.push('second', ...values))
    notify(listeners, 1, 2)
    expect(heard).toEqual(['first', 1, 2, 'second', 1, 2])
  })

  it('that are added twice are called twice, until each is removed', () => {
    const [listeners, listener] = [setUp(), vi.fn()]
    const undos = [subscribe(listeners, listener), subscribe(listeners, listener)]
    notify(listeners)
    undos[0]?.()
    undos[0]?.()
    notify(listeners)
    undos[1]?.()
    notify(listeners)
    expect(listener).toHaveBeenCalledTimes(3)
  })

  it('that throw keep no other from hearing, and the error is reported', () => {
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const [listeners, listener, error] = [setUp(), vi.fn(), new Error('broken')]
    subscribe(listeners, () => {
      throw error
    })
    subscribe(listeners, listener)
    notify(listeners)
    expect(listener).toHaveBeenCalledTimes(1)
    expect(reported.mock.calls).toEqual([[error]])
  })

  it('that an earlier one removes do not hear any more, and those that it adds do not hear yet', () => {
    const [listeners, removed, added] = [setUp(), vi.fn(), vi.fn()]
    subscribe(listeners, () => {
      undo()
      subscribe(listeners, added)
    })
    const undo = subscribe(listeners, removed)
    notify(listeners)
    expect([removed.mock.calls.length, added.mock.calls.length]).toEqual([0, 0])
  })
})
