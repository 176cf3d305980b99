// Which language the user is spoken to in.

const ENGLISH = 'en'

/**
 * The first of the user's languages that is known, or English.
 *
 * @param wanted - the user's languages, the best one first, as BCP 47 has them: `de-AT`
 * @param known - names of languages, with script or region where that matters: `de`, `zh-Hant`, `pt-PT`
 */
export function chooseLanguage(wanted: readonly string[], known: readonly string[]): string {
  const names = [...known, ENGLISH]
  return wanted.flatMap(namesOf).find((name) => names.includes(name)) ?? ENGLISH
}

/** From the most special to the most general. */
function namesOf(tag: string): readonly string[] {
  const locale = localeOf(tag)
  if (!locale) return []
  // Chinese of Taiwan is written in another script, which its tag leaves out: Unicode knows.
  const { language, script, region } = locale.maximize()
  return [locale.baseName, `${language}-${region}`, `${language}-${script}`, language]
}

/** `undefined` for what is no language tag. */
export function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag)
  } catch {
    return undefined
  }
}
