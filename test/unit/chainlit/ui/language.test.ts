import { expect, it } from 'vitest'
import { chooseLanguage } from '../../../../src/chainlit/ui/language.js'
import { languages } from '../../../../src/chainlit/ui/texts/load-texts.js'

const ours = Object.keys(languages)

it.each([
  [['de'], 'de'],
  [['de-AT'], 'de'],
  [['de-at'], 'de'],
  [['pt-PT'], 'pt'],
  [['ja-JP', 'en-US'], 'ja'],
  [['zh'], 'zh'],
  [['zh-CN'], 'zh'],
  [['zh-Hans-HK'], 'zh'],
  [['zh-TW'], 'zh-Hant'],
  [['zh-HK'], 'zh-Hant'],
  [['zh-Hant-CN'], 'zh-Hant'],
  [['en-GB', 'de'], 'en'],
  [['it', 'fr-CA', 'de'], 'fr'],
  [['it', 'en', 'de'], 'en'],
  [['it'], 'en'],
  [['tlh-x-battle'], 'en'],
  [['', '*', 'de_DE', 'no such language', 'es'], 'es'],
  [[], 'en'],
])('a user who wants %j gets %s', (wanted, expected) => {
  expect(chooseLanguage(wanted, ours)).toBe(expected)
})

it.each([
  ['pt-PT', 'pt-PT'],
  ['pt-BR', 'pt'],
  ['it-CH', 'it'],
])('of those that an app has texts for, %s gets %s', (wanted, expected) => {
  expect(chooseLanguage([wanted], ['pt-PT', 'it', ...ours])).toBe(expected)
})
