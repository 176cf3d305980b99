import { describe, expect, it } from 'vitest'
import { checkSignIn } from '../../../src/account/sign-in-options.js'
import { page, refusalOf, scope } from '../invalid-options.js'

describe('what is passed to signIn()', () => {
  const at = { location: new URL(page) } as unknown as Window
  const checkCall = (options?: unknown) => checkSignIn(options, { scopes: [scope], popupPage: undefined }, at)

  it.each([
    ...[undefined, null, new Event('click'), { nativeEvent: {}, preventDefault() {}, target: {} }],
    Object.assign(new Event('click'), { returnTo: 'https://evil.example/' }),
  ])('counts as nothing where it is %s', (options) => {
    expect(checkCall(options)).toStrictEqual({ scopes: [scope] })
  })

  it('is passed on', () => {
    const options = { scopes: 'User.Read', returnTo: '/chat?room=1#last', claims: '{}', prompt: 'login' }
    expect(checkCall(options)).toEqual({ ...options, scopes: ['User.Read'] })
    expect(checkCall({ scopes: undefined, returnTo: undefined, claims: undefined, prompt: undefined }).scopes).toEqual([
      scope,
    ])
  })

  it('has a pop-up only where the app has a page for it', () => {
    const settings = { scopes: [scope], popupPage: 'https://app.example/popup.html' }
    expect(checkSignIn({ popup: true }, settings, at)).toMatchObject({ popup: true })
    expect(refusalOf(() => checkCall({ popup: true }))).toContain('`popupPage`')
    expect(checkCall({ popup: false })).toMatchObject({ popup: false })
  })

  it.each<[string, unknown]>([
    ['popup', { popup: 'yes' }],
    ['popup', { popup: null }],
    ['signIn options', 'select_account'],
    ['signIn options', 1],
    ['signIn options', []],
    ['scopes', { scopes: null }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'a b' }],
    ['scopes', { scopes: 'access_as_user' }],
    ['claims', { claims: {} }],
    ['claims', { claims: '' }],
    ['claims', { claims: null }],
    ['prompt', { prompt: 'none' }],
    ['prompt', { prompt: '' }],
    ['prompt', { prompt: null }],
    ...[
      ...[
        '',
        'chat',
        'https://evil.example/',
        '//evil.example/',
        '/\\evil.example',
        '\\\\evil.example',
        '/\t/evil.example',
      ],
      ...[
        '/\n/evil.example',
        '/\\',
        'javascript:alert(1)',
        'https://app.example/',
        null,
        1,
        {},
        ['/'],
        '///evil.example',
      ],
    ].map((returnTo): [string, unknown] => ['returnTo', { returnTo }]),
  ])('is refused where `%s` is wrong: %j', (option, options) => {
    expect(refusalOf(() => checkCall(options))).toContain(`\`${option}\``)
  })

  it.each([
    ['login', "`signIn options` must be an object, for example { returnTo: '/' }"],
    [{ returnTo: 'chat' }, '`returnTo` must be a path of this origin, for example /chat?room=1#last'],
    [{ claims: '' }, '`claims` must be the claims of an AuthError, for example {"access_token":{}}'],
  ])('is refused in words: %j', (options, words) => {
    expect(refusalOf(() => checkCall(options))).toContain(words)
  })

  it('does not repeat what an address could give away', () => {
    expect(refusalOf(() => checkCall({ returnTo: 'https://app.example/#code=secret' }))).not.toContain('secret')
  })
})
