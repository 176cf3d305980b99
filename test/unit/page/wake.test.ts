import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWake } from '../../../src/page/wake.js'

let visibility: DocumentVisibilityState = 'visible'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  visibility = 'visible'
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function setUp() {
  const onCall = vi.fn()
  const undo = createWake(window, () => Date.now()).subscribe(onCall)
  return { onCall, undo }
}

const pageshow = (persisted: boolean) => Object.assign(new Event('pageshow'), { persisted })

describe('wake', () => {
  it.each<[string, () => void]>([
    ['the network is back', () => window.dispatchEvent(new Event('online'))],
    ['the page comes out of the back/forward cache', () => window.dispatchEvent(pageshow(true))],
    ['the page becomes visible', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['the page is no longer frozen', () => document.dispatchEvent(new Event('resume'))],
  ])('is called when %s', (_, happen) => {
    const { onCall, undo } = setUp()
    happen()
    expect(onCall).toHaveBeenCalledTimes(1)
    undo()
    happen()
    expect(onCall).toHaveBeenCalledTimes(1)
  })

  it('is not called when the page is shown for the first time', () => {
    const { onCall, undo } = setUp()
    window.dispatchEvent(pageshow(false))
    expect(onCall).not.toHaveBeenCalled()
    undo()
  })

  it('is not called when the page is hidden', () => {
    const { onCall, undo } = setUp()
    visibility = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
    expect(onCall).not.toHaveBeenCalled()
    undo()
  })

  it('is called after the machine slept, once', () => {
    const { onCall, undo } = setUp()
    vi.advanceTimersByTime(60_000)
    expect(onCall).not.toHaveBeenCalled()
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(5_000)
    expect(onCall).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(60_000)
    expect(onCall).toHaveBeenCalledTimes(1)
    undo()
  })

  it.each([
    [10_000, 0],
    [10_001, 1],
  ])('takes a tick that comes %d ms late for %d sleeps', (late, times) => {
    const { onCall, undo } = setUp()
    vi.advanceTimersByTime(5_000)
    vi.setSystemTime(Date.now() + late)
    vi.advanceTimersByTime(5_000)
    expect(onCall).toHaveBeenCalledTimes(times)
    undo()
  })

  it('goes on for the others when one leaves', () => {
    const wake = createWake(window, () => Date.now())
    const onCall = vi.fn()
    const [undoFirst, undo] = [wake.subscribe(() => {}), wake.subscribe(onCall)]
    undoFirst()
    window.dispatchEvent(new Event('online'))
    expect(onCall).toHaveBeenCalledTimes(1)
    undo()
  })

  it('is not called when the clock is set back', () => {
    const { onCall, undo } = setUp()
    vi.setSystemTime(Date.now() - 3_600_000)
    vi.advanceTimersByTime(60_000)
    expect(onCall).not.toHaveBeenCalled()
    undo()
  })

  it('listens only while somebody listens', () => {
    const targets = [window, document]
    const added = targets.map((each) => vi.spyOn(each, 'addEventListener'))
    const removed = targets.map((each) => vi.spyOn(each, 'removeEventListener'))
    const of = (spies: typeof added | typeof removed) => spies.map(({ mock }) => mock.calls.map(([...call]) => call))
    const wake = createWake(window, () => Date.now())
    expect(of(added)).toEqual([[], []])
    expect(vi.getTimerCount()).toBe(0)
    const undos = [wake.subscribe(() => {}), wake.subscribe(() => {})]
    expect(of(added).map((calls) => calls.length > 0)).toEqual([true, true])
    expect(vi.getTimerCount()).toBe(1)
    for (const undo of undos) undo()
    for (const undo of undos) undo()
    expect(of(removed)).toEqual(of(added))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begins anew after the last one left', () => {
    const wake = createWake(window, () => Date.now())
    wake.subscribe(() => {})()
    const onCall = vi.fn()
    const undo = wake.subscribe(onCall)
    window.dispatchEvent(new Event('online'))
    expect(onCall).toHaveBeenCalledTimes(1)
    undo()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lets a listener leave while it is told', () => {
    const wake = createWake(window, () => Date.now())
    const onCall = vi.fn()
    const undoFirst = wake.subscribe(() => undoFirst())
    const undo = wake.subscribe(onCall)
    window.dispatchEvent(new Event('online'))
    expect(onCall).toHaveBeenCalledTimes(1)
    undo()
  })
})
