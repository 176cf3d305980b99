import { expect, it } from 'vitest'
import { createBarrier } from '../../../../src/chainlit/session/barrier.js'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

it('lets pass while it is open, which it is at first', async () => {
  const barrier = createBarrier()
  await barrier.whenOpen()
})

it('lets all who wait pass when it opens, in their order', async () => {
  const barrier = createBarrier()
  barrier.close()
  const passed: number[] = []
  for (const i of [1, 2, 3]) void barrier.whenOpen().then(() => passed.push(i))
  await settled()
  expect(passed).toEqual([])
  barrier.open()
  await settled()
  expect(passed).toEqual([1, 2, 3])
})

it('keeps those who have not passed when it closes again', async () => {
  const barrier = createBarrier()
  barrier.close()
  let isPassed = false
  void barrier.whenOpen().then(() => {
    isPassed = true
  })
  barrier.open()
  barrier.close()
  await settled()
  expect(isPassed).toBe(false)
  barrier.open()
  barrier.open()
  await settled()
  expect(isPassed).toBe(true)
})
