import { expect, it } from 'vitest'
import { createGate } from '../../../../src/chainlit/session/barrier.js'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

it('lets pass while it is open, which it is at first', async () => {
  const gate = createGate()
  expect(gate.isOpen).toBe(true)
  await gate.passed()
})

it('lets all who wait pass when it opens, in their order', async () => {
  const gate = createGate()
  gate.close()
  const passed: number[] = []
  for (const i of [1, 2, 3]) void gate.passed().then(() => passed.push(i))
  await settled()
  expect(passed).toEqual([])
  gate.open()
  await settled()
  expect(passed).toEqual([1, 2, 3])
})

it('keeps those who have not passed when it closes again', async () => {
  const gate = createGate()
  gate.close()
  let isPassed = false
  void gate.passed().then(() => {
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
