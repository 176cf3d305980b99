import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { english } from '../../../../src/chainlit/ui/texts/english.js'
import { texts as german } from '../../../../src/chainlit/ui/texts/german.js'
import { type LoadTexts, languages } from '../../../../src/chainlit/ui/texts/load-texts.js'
import { createWording, type Wording, type WordingOptions } from '../../../../src/chainlit/ui/wording.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function speakTo(wanted: readonly string[], options: Partial<WordingOptions> = {}): Wording {
  const window = { navigator: { languages: wanted } } as unknown as Window
  return createWording(window, { language: undefined, ownTexts: {}, ...options })
}

/** Loads a language when the test says so. */
function holdBack(language: string) {
  let settle: { resolve: () => void; reject: () => void } | undefined
  const load = languages[language] as LoadTexts
  vi.spyOn(languages as Record<string, LoadTexts>, language).mockImplementation(
    () =>
      new Promise((resolve, reject) => {
        settle = { resolve: () => void load().then(resolve), reject: () => reject(new TypeError('no such module')) }
      }),
  )
  return {
    arrive: () => settle?.resolve(),
    fail: () => settle?.reject(),
  }
}

const signInOf = ({ language, texts }: Wording) => [language, texts?.signIn]
const loaded = (wording: Wording) => vi.waitFor(() => expect(wording.texts).toBeDefined())

describe('the wording', () => {
  it('is there at once in English', () => {
    expect(signInOf(speakTo(['en-US', 'de']))).toEqual(['en', english.signIn])
    expect(signInOf(speakTo(['it']))).toEqual(['en', english.signIn])
  })

  it('comes in the language of the browser', async () => {
    const wording = speakTo(['de-AT'])
    expect(wording.texts).toBeUndefined()
    await loaded(wording)
    expect(signInOf(wording)).toEqual(['de', german.signIn])
  })

  it('changes to the language of the host, and says so', async () => {
    const wording = speakTo(['en-US'])
    const changed = vi.fn()
    wording.subscribe(changed)
    wording.follow(undefined)
    expect(changed).not.toHaveBeenCalled()
    wording.follow('de-de')
    // What is there stays until the other one has come.
    expect(signInOf(wording)).toEqual(['en', english.signIn])
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1))
    expect(signInOf(wording)).toEqual(['de', german.signIn])
    wording.follow('de-ch')
    expect(changed).toHaveBeenCalledTimes(1)
  })

  it('asks for the next language of the browser where that of the host is unknown', async () => {
    const wording = speakTo(['de'])
    wording.follow('it-it')
    await loaded(wording)
    expect(wording.language).toBe('de')
  })

  it('stays in the language that the app has chosen', async () => {
    const wording = speakTo(['fr'], { language: 'de' })
    wording.follow('ja-jp')
    await loaded(wording)
    expect(signInOf(wording)).toEqual(['de', german.signIn])
  })

  it('is English after a second without an answer, until there is one', async () => {
    const { arrive } = holdBack('de')
    const wording = speakTo(['de'])
    await vi.advanceTimersByTimeAsync(999)
    expect(wording.texts).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(signInOf(wording)).toEqual(['en', english.signIn])
    arrive()
    await vi.waitFor(() => expect(wording.language).toBe('de'))
  })

  it('is English where the language cannot be loaded', async () => {
    const { fail } = holdBack('de')
    const wording = speakTo(['de'])
    fail()
    await loaded(wording)
    expect(signInOf(wording)).toEqual(['en', english.signIn])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not go back to a language that comes late', async () => {
    const { arrive } = holdBack('fr')
    const wording = speakTo(['fr'])
    wording.follow('de-de')
    await loaded(wording)
    arrive()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(wording.language).toBe('de')
  })

  it('has the texts of the app in place of its own', async () => {
    const ownTexts = { de: { signIn: 'Bei Contoso anmelden' }, 'de-AT': { signIn: 'Servus' }, it: { signIn: 'Accedi' } }
    const wording = speakTo(['de-DE'], { ownTexts })
    await loaded(wording)
    expect(wording.texts).toEqual({ ...german, signIn: 'Bei Contoso anmelden' })
    const dialect = speakTo(['de-AT'], { ownTexts })
    await loaded(dialect)
    expect(dialect.texts).toEqual({ ...german, signIn: 'Servus' })
    const other = speakTo(['it-IT'], { ownTexts })
    expect([other.language, other.texts]).toEqual(['it', { ...english, signIn: 'Accedi' }])
  })
})
