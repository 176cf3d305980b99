// Whether a token went where it must not, whichever token it is: whatever looks like one is looked for in all that was sent.

import type { SentFrame, SentRequest } from '../traffic.js'

const SIGNED_TOKEN = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/
/** As the emulator gives them. */
const REFRESH_TOKEN = /1\.refresh\.[\w-]{8,}/

const OWN_SERVER = 'app.contoso.example'

/** Where tokens were found outside of the list of `protectedResources`, each place once. */
export function leakedTo(requests: readonly SentRequest[], frames: readonly SentFrame[]): string[] {
  const inRequests = requests.flatMap((sent) =>
    placesOf(sent)
      .filter((place) => !isAllowed(sent, place))
      .map((place) => `${place} of ${sent.method} ${sent.url.split('?')[0]}`),
  )
  const inFrames = frames
    .filter(({ url, text }) => new URL(url).host !== OWN_SERVER && hasToken(text))
    .map(({ url }) => `message to ${url}`)
  return [...new Set([...inRequests, ...inFrames])]
}

export function hasToken(text: string): boolean {
  return SIGNED_TOKEN.test(text) || REFRESH_TOKEN.test(text)
}

function placesOf({ url, headers, body }: SentRequest): string[] {
  const places = Object.entries(headers).flatMap(([name, value]) => (hasToken(String(value)) ? [`header ${name}`] : []))
  if (hasToken(decodeURIComponent(url))) places.push('URL')
  if (hasToken(body)) places.push('body')
  return places
}

function isAllowed({ host, url, body }: SentRequest, place: string): boolean {
  const { pathname } = new URL(url)
  // The refresh token belongs to where it comes from.
  if (place === 'body' && pathname.endsWith('/token')) return !SIGNED_TOKEN.test(body)
  if (host !== OWN_SERVER) return false
  if (place === 'body') return pathname.startsWith('/socket.io/')
  return place === 'header authorization' && (pathname.startsWith('/api/') || pathname === '/session')
}
