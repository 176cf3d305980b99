import { line, plant, type SecurityLine, unit } from './security-line.js'

export const displayLines: readonly SecurityLine[] = [
  line(
    'S70',
    plant('src/sources/account-claims.ts', '!TOKEN_START.test(value)', 'true'),
    unit('sources/account-claims.test.ts', 'has no claim that is %s'),
    unit('sources/account-claims.test.ts', 'cannot be %s, and that is said by name'),
    unit('sources/account-claims.test.ts', 'has none of an ID token of somebody else'),
  ),
  line(
    'S71',
    plant(
      'src/carriers/session/keep-session.ts',
      'auth.getToken(scopesFor(adapter.url), more)',
      'auth.getToken(undefined, more)',
    ),
    unit(
      'carriers/session/adapter.test.ts',
      'gets the token that its entry of `protectedResources` names, and no other',
    ),
  ),
  line(
    'S72',
    plant('src/react/use-token.ts', '[auth, account, String(scopes)]', '[auth, String(scopes)]'),
    unit('react/components.test.ts', 'is of who is signed in now, and of nobody else for a single render'),
    unit(
      'react/components.test.ts',
      'of before is never seen again by a user who %s, and signs in with the same account',
    ),
    unit('react/components.test.ts', 'of a hidden part of the page is that of now when it is shown again'),
  ),
  line(
    'S73',
    [
      plant('src/react/sign-in-guard.ts', " || state.reason !== 'no-account'", ''),
      plant('src/react/sign-in-guard.ts', ' && !internals?.accounts().length', ''),
    ],
    unit('react/components.test.ts', 'leaves a sign-out in another tab alone'),
    unit(
      'react/components.test.ts',
      'leaves alone whose account is gone: with MSAL another app of the page, or of another tab, has signed them out',
    ),
    unit('react/components.test.ts', 'takes %j for a visitor: %s'),
  ),
]
