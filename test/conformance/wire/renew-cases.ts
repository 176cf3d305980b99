import { pause } from './connection.js'
import { DISCONNECT, EVENT } from './packets.js'
import {
  connect,
  eventOf,
  expectAccepted,
  expectAlive,
  expectRenewalRefused,
  expectRenewed,
  hasEnded,
  isAnswered,
  openSocket,
  QUIET_MS,
  renew,
} from './socket.js'
import { expectThat, type TokenName, textCase, type WireCase, wireCase } from './wire-case.js'

const MAX_RENEWALS = 6
const END_WAIT_MS = 30_000

function refuses(what: string, code: string, ...args: unknown[]): WireCase {
  return wireCase(`refuses a renewal ${what} with ${code}, and keeps the socket`, ['good', 'later'], async (bench) => {
    const connection = await openSocket(bench)
    await expectRenewalRefused(connection, code, ...args)
    await expectRenewed(connection, await bench.tokens.later())
    await connection.close()
  })
}

function refusesToken(what: TokenName, code: string): WireCase {
  const sentence = `refuses a renewal with the token \`${what}\` with ${code}, and keeps the socket`
  return wireCase(sentence, ['good', 'later', what], async (bench) => {
    const connection = await openSocket(bench)
    await expectRenewalRefused(connection, code, { token: await bench.tokens[what]() })
    await expectRenewed(connection, await bench.tokens.later())
    await connection.close()
  })
}

/** `auth:renew` */
export const renewCases: readonly WireCase[] = [
  wireCase('renews with a later token', ['good', 'later'], async (bench) => {
    const connection = await openSocket(bench)
    await expectRenewed(connection, await bench.tokens.later())
    await connection.close()
  }),
  wireCase(
    'never shortens the time: an earlier token is answered with that of the later one',
    ['good', 'later'],
    async (bench) => {
      const connection = await openSocket(bench)
      const late = await expectRenewed(connection, await bench.tokens.later())
      const again = await expectRenewed(connection, await bench.tokens.good())
      expectThat(again > late - 10_000, `${again} ms came after ${late} ms.`)
      await connection.close()
    },
  ),
  refuses('without a message', 'token_missing'),
  refuses('with an empty message', 'token_missing', {}),
  refuses('with a text', 'token_missing', 'x'),
  refuses('with a list', 'token_missing', ['x']),
  refuses('with null', 'token_missing', null),
  refuses('with an empty token', 'token_missing', { token: '' }),
  refuses('with a number for a token', 'token_malformed', { token: 42 }),
  refuses('with an object for a token', 'token_malformed', { token: {} }),
  refuses('with a token that is too long', 'token_malformed', { token: 'x'.repeat(16_385) }),
  refusesToken('other', 'account_mismatch'),
  refusesToken('expired', 'token_expired'),
  wireCase('answers six renewals in a minute, and the seventh with too_many_requests', ['good'], async (bench) => {
    const connection = await openSocket(bench)
    for (let count = 0; count < MAX_RENEWALS; count++) await expectRenewed(connection, await bench.tokens.good())
    await expectRenewalRefused(connection, 'too_many_requests', { token: await bench.tokens.good() })
    await connection.close()
  }),
  wireCase('counts renewals that ask for no answer, and gives them none', ['good'], async (bench) => {
    const connection = await openSocket(bench)
    const data = ['auth:renew', { token: await bench.tokens.good() }]
    for (let count = 0; count < MAX_RENEWALS; count++) await connection.send({ type: EVENT, namespace: '/', data })
    await expectRenewalRefused(connection, 'too_many_requests', data[1])
    await connection.close()
  }),
  wireCase('answers each of fifty renewals that come at once', ['good'], async (bench) => {
    const connection = await openSocket(bench)
    const token = await bench.tokens.good()
    const answers = await Promise.all(Array.from({ length: 50 }, () => renew(connection, { token })))
    const taken = answers.filter(({ ok }) => ok === true).length
    expectThat(taken === MAX_RENEWALS, `${taken} of them were taken.`)
    await connection.close()
  }),
]

/** The end of a token, and the names that no client may use. */
export const endCases: readonly WireCase[] = [
  wireCase(
    'says auth:expired with a code when the token and the grace are over, then ends the socket',
    ['short'],
    async (bench) => {
      const connection = await bench.open()
      await connect(connection, { token: await bench.tokens.short() })
      await expectAccepted(connection)
      const [, message] = await eventOf(connection, 'auth:expired', '/', END_WAIT_MS)
      expectThat(typeof Object(message).code === 'string', `It said ${JSON.stringify(message)}.`)
      expectThat(await hasEnded(connection, 5_000), 'The socket went on.')
      await connection.close()
    },
  ),
  wireCase('ends the socket whatever its client says before', ['short'], async (bench) => {
    const connection = await bench.open()
    await connect(connection, { token: await bench.tokens.short() })
    await expectAccepted(connection)
    for (const name of ['disconnect', 'connect', 'auth:expired', 'auth:session', 'error', '*'])
      await connection.send({ type: EVENT, namespace: '/', data: [name, {}] })
    expectThat(await hasEnded(connection, END_WAIT_MS), 'The socket went on.')
    await connection.close()
  }),
  wireCase('renews a socket past the end of its first token', ['short', 'good'], async (bench) => {
    const connection = await bench.open()
    await connect(connection, { token: await bench.tokens.short() })
    const { expiresInMs, graceMs } = await expectAccepted(connection)
    await expectRenewed(connection, await bench.tokens.good())
    await pause(Number(expiresInMs) + Number(graceMs) + 1_000)
    await expectRenewed(connection, await bench.tokens.good())
    await connection.close()
  }),
  wireCase('ends the socket at DISCONNECT, and lets it in again', ['good'], async (bench) => {
    const connection = await openSocket(bench)
    await connection.send({ type: DISCONNECT, namespace: '/' })
    await connection.send({ type: EVENT, namespace: '/', id: 999_999, data: ['auth:renew', {}] })
    const isAnswer = connection.next('An answer', ({ id }) => id === 999_999, QUIET_MS)
    expectThat(
      !(await isAnswer.then(
        () => true,
        () => false,
      )),
      'A socket that had left was answered.',
    )
    await connection.close()
    await expectAlive(bench)
  }),
  ...[
    '2["disconnect","forged"]',
    '2["disconnecting","forged"]',
    '2["connect",{"forged":true},{"token":"x"}]',
    '2["connection",{}]',
    '2["connect_error",{}]',
    '2["error",{}]',
    '2["newListener","x"]',
    '2["removeListener","x"]',
    '2["*","sid of somebody",{}]',
    '2["auth:session",{"expiresInMs":1}]',
    '2["auth:expired",{}]',
    '2[["disconnect"],{}]',
    '2[["auth:renew"],{"token":"x"}]',
    '2[1]',
    '2[null]',
    '2[{}]',
    '2[]',
    '3999999["x"]',
    '3999999',
    '4{"message":"unauthorized"}',
    '0{"token":"x"}',
    '2/conformance-unknown,["x"]',
    '51-["*",{"_placeholder":true,"num":0}]',
  ].map((packet) =>
    textCase(`is not confused by \`${packet}\`: the socket lives, or its connection ends`, ['good'], async (bench) => {
      const connection = await openSocket(bench)
      await connection.send(packet)
      const isLive = await isAnswered(connection)
      expectThat(isLive || (await hasEnded(connection, QUIET_MS)), 'The socket neither lives nor has ended.')
      await connection.close()
      await expectAlive(bench)
    }),
  ),
]
