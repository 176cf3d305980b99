import { describe, expect, it } from 'vitest'
import { english } from '../../../../src/chainlit/ui/texts/english.js'
import { languages } from '../../../../src/chainlit/ui/texts/load-texts.js'

const names = Object.keys(english) as (keyof typeof english)[]
const placeholdersIn = (text: string) => text.match(/\{\w+\}/g) ?? []

describe.each(Object.entries(languages))('the texts in %s', (language, load) => {
  it('are the same ones as in English', async () => {
    expect(Object.keys((await load()).texts)).toEqual(names)
  })

  it.each(names)('say %s in words of their own, with the same placeholders', async (name) => {
    const text = (await load()).texts[name]
    expect(text.trim()).toBe(text)
    expect(text).not.toBe('')
    expect(text).not.toBe(english[name])
    expect(placeholdersIn(text)).toEqual(placeholdersIn(english[name]))
  })

  it('are sentences where the English ones are', async () => {
    const { texts } = await load()
    const isSentence = (text: string) => /[.。]$/.test(text)
    const others = names.filter((name) => isSentence(texts[name]) !== isSentence(english[name]))
    expect(others).toEqual([])
  })

  it('are short enough for a button', async () => {
    const { texts } = await load()
    const labels = ['signIn', 'continue', 'tryAgain', 'reload', 'openInBrowser', 'askAdministrator'] as const
    for (const name of labels) expect(texts[name].length).toBeLessThan(30)
    expect(language).toMatch(/^[a-z]{2}(-[A-Z][a-z]{3})?$/)
  })
})
