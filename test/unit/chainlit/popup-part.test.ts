import { afterEach, expect, it, vi } from 'vitest'
import { actAsPopup } from '../../../src/chainlit/popup.js'
import { clientId } from './world.js'

const part = vi.hoisted(() => ({ runPopup: vi.fn(async () => true) }))
vi.mock('../../../src/chainlit/popup-page.js', () => part)

const replace = vi.fn()
const fake = { document, location: { replace } } as unknown as Window
const act = () => actAsPopup(fake, { base: '/chat' } as never, { clientId } as never)

afterEach(() => void vi.clearAllMocks())

it('a pop-up whose answer was taken stays as it is: it closes itself', async () => {
  await act()
  expect(replace).not.toHaveBeenCalled()
})

it.each<[string, () => Promise<boolean>]>([
  ['nobody took', async () => false],
  ['could not be handed over', () => Promise.reject(new Error('gone'))],
])('a window whose answer %s becomes the app', async (_, run) => {
  part.runPopup.mockImplementationOnce(run)
  await act()
  expect(replace.mock.calls).toEqual([['/chat/']])
})
