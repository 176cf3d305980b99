import { describe, expect, it } from 'vitest'
import { findFirefox, findWebKitGtk } from '../../../scripts/engines.js'

describe('the engines that tests run in', () => {
  it('are the ones that are named', () => {
    expect(findFirefox({ FIREFOX: process.execPath })).toBe(process.execPath)
  })

  it('are refused where a named one is not there', () => {
    expect(() => findFirefox({ FIREFOX: '/no/such/firefox' })).toThrow('FIREFOX is /no/such/firefox')
  })

  it('are found as a whole or not at all', () => {
    const found = findWebKitGtk()
    if (found) expect(Object.values(found).every((path) => path.startsWith('/'))).toBe(true)
    else expect(found).toBeUndefined()
  })
})
