// The settings of what the user reads: `data-language` and `data-texts`.

import { isNonBlank, isObject, mayBe, must } from './twodoor.js'
import { localeOf } from './ui/language.js'
import { english, type Texts } from './ui/texts/english.js'
import type { WordingOptions } from './ui/wording.js'

const EXAMPLE_TEXTS = '{"de":{"signInToContinue":"Melden Sie sich bei Contoso an."}}'

/** @throws {AuthError} `config_invalid`: names the attribute, what is wrong with it and a valid example */
export function readWording({ language, texts }: Readonly<Record<string, string | undefined>>): WordingOptions {
  mayBe('data-language', language, isLanguage, 'a language, for example de')
  if (texts === undefined) return { language, ownTexts: {} }
  const ownTexts = parseJson(texts)
  must('data-texts', texts, areTexts(ownTexts), `JSON with names that are known, for example ${EXAMPLE_TEXTS}`)
  const named = Object.entries(ownTexts).map(([tag, own]) => [localeOf(tag)?.baseName ?? tag, own] as const)
  return { language, ownTexts: Object.fromEntries(named) }
}

function isLanguage(tag: unknown): boolean {
  return localeOf(`${tag}`) !== undefined
}

function areTexts(value: unknown): value is Record<string, Partial<Texts>> {
  return isObject(value) && Object.entries(value).every(([language, texts]) => isLanguage(language) && areNamed(texts))
}

function areNamed(texts: unknown): boolean {
  return (
    isObject(texts) && Object.entries(texts).every(([name, text]) => Object.hasOwn(english, name) && isNonBlank(text))
  )
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
