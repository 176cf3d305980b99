import { cases, line, plant, type SecurityLine, unit } from './security-line.js'

export const behalfLines: readonly SecurityLine[] = [
  line(
    'S58',
    plant('src/server/tokens/claims.ts', 'daemons?.roles.includes(each)', 'true'),
    ...cases('T14-16', 'T14-06', 'T14-07'),
    unit('server/tokens/daemons.test.ts', 'is nobody at any door for users, though its verifier knows apps'),
  ),
  line(
    'S59',
    plant('src/server/tokens/kept-tokens.ts', ' && each.expiresAt > now()', ''),
    unit('server/on-behalf-of/on-behalf-of.test.ts', 'as a demand for another token where the token of the user %s'),
    unit('server/on-behalf-of/on-behalf-of.test.ts', 'are in nothing that can be listed, written or logged'),
  ),
  line(
    'S60',
    plant('src/server/on-behalf-of/network.ts', "redirect: 'error'", "redirect: 'follow'"),
    unit('server/on-behalf-of/on-behalf-of.test.ts', 'the secret follows no redirect'),
  ),
  line(
    'S61',
    plant('src/carriers/fetch/consent.ts', '!context.fromEngine.isAnswerOf(context, call, response)', 'false'),
    unit('carriers/fetch/consent.test.ts', 'is asked about by its own server alone: not by where a redirect has led'),
  ),
  line(
    'S62',
    plant('src/account/state.ts', "return !state.error.retryable && state.error.code !== 'disposed'", 'return true'),
    unit('auth.test.ts', 'after a start that ended with %j is %s without one'),
    unit('auth.test.ts', 'is not called without one after a sign-out while a call waits for its token'),
  ),
]
