import { isNonBlank, must } from '../shared/validate.js'

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.+\.localhost)$/

/** @throws {AuthError} `config_invalid`: names the entry, what is wrong with it and a valid example */
export function checkOrigins(origins: unknown): readonly string[] {
  must('origins', origins, Array.isArray(origins) && origins.length > 0, 'a list of origins', "['https://app.example']")
  return Array.from(origins, (value: unknown, i) => {
    const url = isNonBlank(value) && URL.canParse(value) ? new URL(value) : undefined
    const isBare = url?.origin === url?.href.replace(/\/$/, '')
    const expected = 'an https origin (http on loopback only)'
    must(`origins[${i}]`, value, url && isBare && isTrustworthy(url), expected, 'https://app.example')
    return url.origin
  })
}

/** Whether nobody on the way can have changed what comes from there. */
export function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname))
}
