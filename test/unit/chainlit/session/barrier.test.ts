import { expect, it } from 'vitest'
import { createBarrier } from '../../../../src/chainlit/session/barrier.js'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

it('lets pass while it is open, which it is at first', async () => {
  const gate = createBarrier()
  expect(gate.isOpen).toBe(true)
  await gate.whenOpen()
})

it('lets all who wait pass when it opens, in their order', async () => {
  const gate = createBarrier()
  gate.close()
  const passed: number[] = []
  for (const i of [1, 2, 3]) void gate.whenOpen().then(() => passed.push(i))
  await settled()
  expect(passed).toEqual([])
  gate.open()
  await settled()
  expect(passed).toEqual([1, 2, 3])
})

it('keeps those who have not passed when it closes again', async () => {
  const gate = createBarrier()
  gate.close()
  let isPassed = false
  void gate.whenOpen().then(() => {
    isPassed = true
  })
  gate.open()
  gate.close()
  await settled()
  expect([isPassed, gate.isOpen]).toEqual([false, false])
  gate.open()
  gate.open()
  await settled()
  expect(isPassed).toBe(true)
})
