// The languages beside English. A page downloads none that it does not show.

import type { Texts } from './english.js'

export type LoadTexts = () => Promise<{ readonly texts: Texts }>

/** By what a user's language begins with, as `Intl.Locale` has it. */
export const languages: Readonly<Record<string, LoadTexts>> = {
  de: () => import('./german.js'),
  es: () => import('./spanish.js'),
  fr: () => import('./french.js'),
  ja: () => import('./japanese.js'),
  pt: () => import('./portuguese.js'),
  zh: () => import('./chinese.js'),
  'zh-Hant': () => import('./traditional-chinese.js'),
}
