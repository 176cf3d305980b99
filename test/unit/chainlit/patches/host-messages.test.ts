import { afterEach, expect, it } from 'vitest'
import { keepHostMessages } from '../../../../src/chainlit/patches/host-messages.js'
import { createPatches, type Patches } from '../../../../src/chainlit/patches/patches.js'

// A page of the Teams app on a phone is at the top: it is its own parent. Frames are in test/browser.

let patches: Patches

afterEach(() => patches.restore())

it('a page at the top hears what it says to itself', () => {
  expect(window.parent).toBe(window)
  patches = createPatches()
  keepHostMessages(window, patches)
  const heard: unknown[] = []
  const hear = ({ data }: MessageEvent) => heard.push(data)
  window.addEventListener('message', hear)
  window.dispatchEvent(new MessageEvent('message', { data: { args: [1] }, source: window }))
  window.removeEventListener('message', hear)
  window.dispatchEvent(new MessageEvent('message', { data: 'late', source: window }))
  expect(heard).toEqual([{ args: [1] }])
})

it('listeners are added and removed by functions that are called on their own', () => {
  patches = createPatches()
  keepHostMessages(window, patches)
  const { addEventListener: add, removeEventListener: remove } = window
  const heard: unknown[] = []
  const hear = ({ data }: MessageEvent) => heard.push(data)
  add('message', hear)
  window.dispatchEvent(new MessageEvent('message', { data: 'a' }))
  remove('message', hear)
  window.dispatchEvent(new MessageEvent('message', { data: 'b' }))
  expect(heard).toEqual(['a'])
})
