// Mistakes that whoever caches tokens makes, each put into a copy of the built twodoor by replacing one expression.

import type { Bug } from '../../sequences/copy.js'

const renewal = 'tokens/renewal.js'
const store = 'tokens/token-store.js'
const windows = 'tokens/token-windows.js'

export const bugs: readonly Bug[] = [
  {
    does: 'asks twice where a look at the account and a renewal meet',
    file: 'sources/msal/silent.js',
    right: 'Promise.resolve(lastCalls.get(key))',
    wrong: 'Promise.resolve()',
  },
  {
    does: 'joins a flight that has ended',
    file: renewal,
    right: '.finally(() => entry.flights.delete(key))',
    wrong: '',
  },
  {
    does: 'lets an older answer replace a newer one',
    file: windows,
    right: 'return number < entry.keptFlight && (claims === undefined || entry.keptClaims !== undefined);',
    wrong: 'return false;',
  },
  {
    does: 'gives a token that is over',
    file: windows,
    right: 'return now >= entry.token.expiresOnTimestamp - HARD_WINDOW_MS;',
    wrong: 'return false;',
  },
  {
    does: 'sends a call again under another account',
    file: 'carriers/fetch/fetch-with-token.js',
    right: 'if (token.account.key !== account)',
    wrong: 'if (false)',
  },
  {
    does: 'lets a call go on after a sign-out',
    file: store,
    right: 'renewal.end(code);',
    wrong: '',
  },
  {
    does: 'leaves who waits waiting when it is disposed of',
    file: renewal,
    right: '        settle();\n',
    wrong: '',
  },
  {
    does: 'does not look whether somebody has signed out elsewhere',
    file: 'account/check-elsewhere.js',
    right: 'if (!isSignedOutByUser(account.state))',
    wrong: 'if (false)',
  },
  {
    does: 'takes a renewal of a tab that has not heard of the sign-out for a sign-in',
    file: 'sources/msal/accounts.js',
    right: 'Math.max(signedOutAt, ...ownWrites.filter((time) => time <= now))',
    wrong: 'signedOutAt',
  },
  {
    does: 'misses a switch of the account that is announced before it can be seen in storage',
    file: 'account/other-tabs.js',
    right: 'if (key && saysWho(key, clientId))',
    wrong: 'if (false)',
  },
  {
    does: 'drops the answer to a sign-in',
    file: 'sources/msal/start.js',
    right: '(hash ? context.library.handleResponse(client, hash) : client.handleRedirectPromise())',
    wrong: 'undefined',
  },
  {
    does: 'leaves what MSAL writes after a sign-out',
    file: 'sources/msal/calls.js',
    right: 'if (isSignedOut())\n                    removeLateWrites();',
    wrong: '',
  },
  {
    does: 'takes no turns with other tabs',
    file: 'sources/msal/lock.js',
    right: 'if (!locks)\n        return (use) => use();',
    wrong: 'return (use) => use();',
  },
  {
    does: 'forgets the claims that a server asks for',
    file: renewal,
    right: 'context.acquire({ scopes: entry.scopes, fresh, claims })',
    wrong: 'context.acquire({ scopes: entry.scopes, fresh })',
  },
  {
    does: 'ends the sign-in where one endpoint asks for a step up',
    file: 'account/changes.js',
    right: "if (isStepUp && current.status === 'signed-in')\n        return current;",
    wrong: '',
  },
  {
    does: 'does not say what a step up takes',
    file: 'tokens/error-of.js',
    right: 'isStepUpRefused(refusal, asked) ? { ...known, claims: asked } : known',
    wrong: 'known',
  },
  {
    does: 'gives the token of one API for another',
    file: 'shared/scopes.js',
    right: "return [...scopes].sort().join(' ');",
    wrong: "return '';",
  },
  {
    does: 'does not start again after a failure',
    file: 'engine.js',
    right: "if (state.status === 'failed' && state.error.retryable)\n            start();",
    wrong: '',
  },
  {
    does: 'goes on listening to the page after dispose()',
    file: 'engine.js',
    right: "account.disposed.addEventListener('abort', createWake(window, now).subscribe(recheck));",
    wrong: 'createWake(window, now).subscribe(recheck);',
  },
  {
    does: 'goes on listening to other tabs after dispose()',
    file: 'account/connect.js',
    right: 'channel.close();',
    wrong: '',
  },
  {
    does: 'leaves its timers after dispose()',
    file: store,
    right: 'for (const { timer } of entries.values())\n                clearTimeout(timer);',
    wrong: '',
  },
  {
    does: 'leaves its probes in storage',
    file: 'page/notes.js',
    right: 'storage.removeItem(',
    wrong: 'void (',
  },
  {
    does: 'does not give up a call whose signal is aborted',
    file: 'shared/deadline.js',
    right: "signal.addEventListener('abort', abort, { once: true });",
    wrong: '',
  },
]
