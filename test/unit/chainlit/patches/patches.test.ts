import { describe, expect, it } from 'vitest'
import { createPatches } from '../../../../src/chainlit/patches/patches.js'

interface Target {
  own: () => string
  inherited: () => string
}

const prototype = { inherited: () => 'inherited' }

function makeTarget(): Target {
  const target = Object.create(prototype) as Target
  Object.defineProperty(target, 'own', { value: () => 'own', writable: false, enumerable: false, configurable: true })
  return target
}

describe('what is changed', () => {
  it('is put back as it was, what was inherited included', () => {
    const target = makeTarget()
    const before = Object.getOwnPropertyDescriptors(target)
    const patches = createPatches()
    patches.replace(target, 'own', () => 'ours', 'target')
    patches.replace(target, 'inherited', () => 'ours', 'target')
    patches.define(target, 'further', { get: () => 'ours' }, 'target.further')
    expect([target.own(), target.inherited(), (target as unknown as { further: string }).further]).toEqual(
      Array(3).fill('ours'),
    )
    expect(patches.list).toEqual(['target.own', 'target.inherited', 'target.further'])
    patches.restore()
    expect(Object.getOwnPropertyDescriptors(target)).toEqual(before)
    expect(target.inherited()).toBe('inherited')
    expect([patches.list, patches.active]).toEqual([[], false])
  })

  it('twice is put back to what was there first', () => {
    const target = makeTarget()
    const { own } = target
    const patches = createPatches()
    patches.replace(target, 'own', () => 'one', 'target')
    patches.replace(target, 'own', () => 'two', 'two')
    patches.restore()
    expect(target.own).toBe(own)
  })

  it('is not changed any more after the restore', () => {
    const target = makeTarget()
    const { own } = target
    const patches = createPatches()
    patches.restore()
    patches.replace(target, 'own', () => 'late', 'target')
    expect(target.own).toBe(own)
    expect(patches.list).toEqual([])
  })

  it('has everything else undone with it, the last first, and once', () => {
    const undone: number[] = []
    const patches = createPatches()
    for (const i of [1, 2, 3]) patches.alsoUndo(() => undone.push(i))
    patches.restore()
    patches.restore()
    expect(undone).toEqual([3, 2, 1])
  })

  it('is not listed where the browser refuses the change', () => {
    const patches = createPatches()
    const target = Object.freeze(makeTarget())
    expect(() => patches.replace(target, 'own', () => 'ours', 'target')).toThrow(TypeError)
    expect(patches.list).toEqual([])
    patches.restore()
    expect(target.own()).toBe('own')
  })
})
