// The texts for the user, in a language that may have to be loaded first.

import { chooseLanguage } from './language.js'
import { english, type Texts } from './texts/english.js'
import { type LoadTexts, languages } from './texts/load-texts.js'

export interface Wording {
  /** The language of `texts`, as BCP 47 has it. */
  readonly language: string
  /** `undefined` while those of the user's language are being loaded, for a second at most. */
  readonly texts: Texts | undefined
  /** To be called with what the host says of its user's language. */
  follow(locale: string | undefined): void
  /** Calls `listener` whenever there are other texts. */
  subscribe(listener: () => void): void
}

export interface WordingOptions {
  /** The language that the app has chosen, instead of the user's. */
  readonly language: string | undefined
  /** Texts of the app's own, by their language and their name. */
  readonly ownTexts: Readonly<Record<string, Partial<Texts>>>
}

/** Then an English text is better than none. */
const LONGEST_WAIT_MS = 1_000

export function createWording({ navigator }: Window, { language: chosen, ownTexts }: WordingOptions): Wording {
  const known = [...Object.keys(ownTexts), ...Object.keys(languages)]
  const listeners: (() => void)[] = []
  let wanted = ''
  let shown: { readonly language: string; readonly texts: Texts } | undefined

  function speak(tags: readonly string[]): void {
    const language = chooseLanguage(tags, known)
    if (language === wanted) return
    wanted = language
    // With texts of the app's own it may be a language that is not here, or a dialect of one that is.
    const load = languages[chooseLanguage([language], Object.keys(languages))]
    if (load) void showLoaded(language, load)
    else show(language)
  }

  /** Where they cannot be loaded, the language stays that is there, or it is English. */
  async function showLoaded(language: string, load: LoadTexts): Promise<void> {
    const timer = setTimeout(giveUpWaiting, LONGEST_WAIT_MS)
    const loaded = await load().catch(() => undefined)
    clearTimeout(timer)
    if (!loaded) giveUpWaiting()
    else if (language === wanted) show(language, loaded.texts)
  }

  function show(language: string, texts: Texts = english): void {
    shown = { language, texts: { ...texts, ...ownTexts[language] } }
    for (const listener of listeners) listener()
  }

  function giveUpWaiting(): void {
    if (!shown) show('en')
  }

  // Not only when there is something to say: that is often that the network is gone.
  speak(chosen ? [chosen] : navigator.languages)
  return {
    get language() {
      return shown?.language ?? 'en'
    },
    get texts() {
      return shown?.texts
    },
    follow(locale) {
      if (locale && !chosen) speak([locale, ...navigator.languages])
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}
