// Addresses that look like those of a page, and what of them a server could take for its own.

import fc from 'fast-check'

export interface Addresses {
  /** None of them is of the page's origin. */
  readonly elsewhere: readonly string[]
  /** Of the page's origin, but not below its `/chat`, however a server reads them. */
  readonly outsideOfChat: readonly string[]
  /** Addresses of every kind, those of the page among them. Some cannot be parsed. */
  readonly any: fc.Arbitrary<string>
  /** Whether a server that is reached under `base` of the page's origin could be meant. */
  couldBeOwn(href: string, base: string): boolean
}

export function addressesAround(origin: string): Addresses {
  const { protocol, hostname, host, port } = new URL(origin)
  const own = `${protocol}//`
  const other = protocol === 'https:' ? 'http://' : 'https://'
  const colonPort = port && `:${port}`
  const homograph = hostname.replace('a', '\u0430')

  const elsewhere = [
    `${own}${hostname}.evil.example${colonPort}/user`,
    `${own}${hostname}.evil.example/chat/auth/header`,
    `${own}evil-${host}/auth/header`,
    `${own}x.${host}/auth/header`,
    `${own}${hostname}.${colonPort}/user`,
    'https://chat@evil.example/user',
    `${own}${hostname}@evil.example/auth/header`,
    `${own}${hostname}:${port || 443}@evil.example/auth/header`,
    `${own}evil.example\\@${host}/user`,
    `${own}evil.example/${host}/auth/header`,
    `${own}evil.example/#@${host}/user`,
    `${own}evil.example/?${origin}/auth/header`,
    `${own}user:password@${host}/user`,
    `${own}user@${host}/auth/header`,
    `${other}${host}/user`,
    `${own}${hostname}:8443/user`,
    `${own}${hostname}:81/user`,
    '//evil.example/auth/header',
    '///evil.example/auth/header',
    '/\\evil.example/auth/header',
    '\\\\evil.example/auth/header',
    '\\/evil.example\\user',
    '\t//evil.example/user',
    '/\t/evil.example/user',
    '\n\\\\evil.example/user',
    'ht\ntps://evil.example/user',
    ' https://evil.example/user',
    'https:\\\\evil.example/user',
    `${own}${homograph}.example/user`,
    `${own}${hostname.replace('.', '\u3002')}.evil.example/user`,
    `blob:${origin}/auth/header`,
    `data:text/plain,${origin}/auth/header`,
    `javascript:'${origin}/user'`,
    `file://${hostname}/user`,
    `ftp://${host}/user`,
    `filesystem:${origin}/user`,
    'about:blank',
    'https://graph.microsoft.com/v1.0/me',
    'https://login.microsoftonline.com/common/oauth2/v2.0/token',
  ]

  const outsideOfChat = [
    ...['/chatter', '/chatter/user', '/chat.evil/user', '/Chat/user', '/CHAT', '/', '/user', '/auth/header'],
    ...['/chat/../user', '/chat/%2e%2e/user', '/chat/.%2E/auth/header', '/chat/x/../../auth/header', '/cha%74/user'],
    ...['/chat/..%2fuser', '/chat/..%5cuser', '/chat%2fuser', '/chat%2Fauth%2fheader', '/chat//user', '//chat/user'],
    ...['/chat\\..\\user', '/chat;x/user', '/x/chat/user', '/chat/../chatter', '/./chatter', '/chat/../../user'],
    ...['/chat/%2e%2e%2fuser', '/chat/%2E/..%2fx', '/chat/..;/user%2f'],
  ].map((path) => origin + path)

  const hosts = [
    ...[`${hostname}.${colonPort}`, `${hostname}.evil.example`, `evil-${host}`, host.toUpperCase(), `x.${host}`],
    ...[homograph, hostname.replace('.', '%2e'), 'evil.example', '127.0.0.1', '[::1]', 'localhost', 'contoso.example'],
  ]
  const oddSchemes = [other, own.toUpperCase(), protocol, `${protocol}\\\\`, '//', '\\\\', '/\\', '', `blob:${own}`]
  const webSockets = own.replace('http', 'ws')
  const users = ['user@', 'user:pw@', `${hostname}@`, `${hostname}:443@`, '@', '%40@']
  const paths = ['/chat', '/chat', '/chat', '/chatter', '/Chat', '/chat.', '', '/']
  const tails = ['', '?', '#', '?a=b', `?to=${origin}/auth/header`, `#${origin}/user`, '/..', '/%2e%2e', '?EIO=4&sid=1']
  const absolute = fc.tuple(
    mostly(own, [...oddSchemes, webSockets, webSockets]),
    mostly('', users),
    mostly(host, hosts),
    mostly('', [':443', ':80', ':8443', ':0443', ':']),
    fc.constantFrom(...paths),
    rest,
    fc.constantFrom(...tails),
  )
  const relative = fc.tuple(fc.constantFrom(...paths, 'user', '.', '..'), rest, fc.constantFrom(...tails))
  const any = fc.oneof(
    { weight: 4, arbitrary: absolute.map((parts) => parts.join('')) },
    { weight: 2, arbitrary: relative.map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.constantFrom(...elsewhere, ...outsideOfChat) },
  )

  /** An independent reading: as it stands, and as by a server that decodes, merges slashes and then follows the dots. */
  function couldBeOwn(href: string, base: string): boolean {
    const [, found, path = ''] = /^(https?:\/\/[^/?#]*)([^?#]*)/.exec(href.replace(/^ws/, 'http')) ?? []
    if (found !== origin) return false
    const loose = path
      .replace(/%2f|%5c|\\/gi, '/')
      .replace(/%2e/gi, '.')
      .replace(/\/+/g, '/')
    return [path, loose].every((each) => `${follow(each)}/`.startsWith(`${base}/`))
  }

  return { elsewhere, outsideOfChat, any, couldBeOwn }
}

const segments = [
  ...['user', 'auth/header', 'auth/config', 'logout', 'set-session-cookie', 'project/threads', 'project/file'],
  ...['ws/socket.io/?EIO=4&transport=polling', 'ws/socket.io/?EIO=4&sid=x', 'public/x.js', 'login', 'thread/1'],
  ...[
    '',
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '.%2e',
    '..%2f',
    '..%5cuser',
    '%252e%252e',
    '..;',
    '\t',
    '\n',
    'ü',
    'a b',
    '@',
    ':',
  ],
]
const slash = fc.constantFrom('/', '/', '/', '/', '//', '\\', '%2f')
const rest = fc
  .array(fc.tuple(slash, fc.oneof(fc.constantFrom(...segments), fc.string({ maxLength: 3 }))), { maxLength: 3 })
  .map((parts) => parts.map((part) => part.join('')).join(''))

/** One value most of the time: with too many oddities at once an address would be refused for the wrong one. */
function mostly(value: string, odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, fc.constantFrom(...odd))
}

function follow(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}
