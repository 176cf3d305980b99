import { pause } from './connection.js'
import { ACK, CONNECT, EVENT } from './packets.js'
import { connect, expectAccepted, expectAlive, expectCode, expectRefused, QUIET_MS } from './socket.js'
import { type Bench, expectThat, textCase, type WireCase, wireCase } from './wire-case.js'

const LONGEST_TOKEN = 16_384
/** Of sentence 2 of "Writing a server". */
const MOST_REFUSED = 100
const FOREIGN = ['wrong_issuer', 'wrong_tenant', 'wrong_audience', 'wrong_client', 'wrong_scope', 'not_an_access_token']

function refuses(what: string, payload: unknown, code: string, retry: boolean): WireCase {
  return wireCase(`refuses ${what} with ${code}`, [], async ({ open }) => {
    const connection = await open()
    await connect(connection, payload)
    await expectCode(connection, code, retry)
    await connection.close()
  })
}

/** A packet that no client library sends: whatever becomes of its connection, the next one is let in. */
function survives(packet: string): WireCase {
  return textCase(
    `lives through ${packet === '' ? 'an empty packet' : `\`${packet}\``} in place of CONNECT, and lets nobody in`,
    ['good'],
    async (bench) => {
      const connection = await bench.open()
      await connection.send(packet)
      await pause(QUIET_MS)
      expectThat(!connection.received().includes('auth:session'), 'It was let in.')
      await connection.close()
      await expectAlive(bench)
    },
  )
}

async function flood(bench: Bench): Promise<void> {
  const connection = await bench.open()
  let judged = 0
  for (let isStopped = false; !isStopped && judged <= MOST_REFUSED; ) {
    await connect(connection, { token: 'garbage' })
    // Stopped is one that is told so, gets no answer, or has lost its connection.
    const code = await expectRefused(connection).then(
      (refusal) => refusal.code,
      () => undefined,
    )
    isStopped = code === undefined || code === 'too_many_requests'
    if (!isStopped) judged += 1
  }
  expectThat(judged <= MOST_REFUSED, `It went on to judge after ${MOST_REFUSED} CONNECTs that were refused.`)
  await connection.close()
  await expectAlive(bench)
}

/** CONNECT, and how it is refused. */
export const connectCases: readonly WireCase[] = [
  wireCase('lets a good token in', ['good'], expectAlive),
  wireCase('says hello: `expiresInMs`, `graceMs` and `renew`, each within its bounds', ['good'], async (bench) => {
    const connection = await bench.open()
    await connect(connection, { token: await bench.tokens.good() })
    const { expiresInMs, graceMs, renew } = await expectAccepted(connection)
    expectThat(typeof expiresInMs === 'number' && expiresInMs > 0, `expiresInMs is ${expiresInMs}.`)
    expectThat(typeof graceMs === 'number' && graceMs >= 0 && graceMs <= 300_000, `graceMs is ${graceMs}.`)
    expectThat(renew === 'auth:renew', `renew is ${renew}.`)
    await connection.close()
  }),
  wireCase('sends no token back', ['good'], async (bench) => {
    const connection = await bench.open()
    const token = await bench.tokens.good()
    await connect(connection, { token })
    await expectAccepted(connection)
    expectThat(!connection.received().includes(token), 'The token came back.')
    await connection.close()
  }),
  refuses('a CONNECT without a payload', undefined, 'token_missing', true),
  refuses('a payload without a token', { room: 'a' }, 'token_missing', true),
  refuses('a token that is null', { token: null }, 'token_missing', true),
  refuses('an empty token', { token: '' }, 'token_missing', true),
  refuses('a number for a token', { token: 42 }, 'token_malformed', false),
  refuses('an object for a token', { token: { token: 'x' } }, 'token_malformed', false),
  refuses('a list for a token', { token: ['x'] }, 'token_malformed', false),
  refuses('a token that is too long', { token: 'x'.repeat(LONGEST_TOKEN + 1) }, 'token_malformed', false),
  refuses('a token under another name', { accessToken: 'x', auth: { token: 'x' } }, 'token_missing', true),
  wireCase('refuses a word for a token, and does not say it back', [], async ({ open }) => {
    const connection = await open()
    await connect(connection, { token: 'conformance-garbage' })
    const { code } = await expectRefused(connection)
    expectThat(['token_invalid', 'token_malformed'].includes(code), `The code was ${code}.`)
    expectThat(!connection.received().includes('conformance-garbage'), 'The token came back.')
    await connection.close()
  }),
  wireCase('refuses an expired token with token_expired', ['expired'], async ({ open, tokens }) => {
    const connection = await open()
    await connect(connection, { token: await tokens.expired() })
    await expectCode(connection, 'token_expired', true)
    await connection.close()
  }),
  wireCase('refuses a token that no other one mends, and says so', ['foreign'], async ({ open, tokens }) => {
    const connection = await open()
    await connect(connection, { token: await tokens.foreign() })
    const { code, retry } = await expectRefused(connection)
    expectThat(FOREIGN.includes(code) && !retry, `It was refused with ${code}, retry ${retry}.`)
    await connection.close()
  }),
  wireCase('takes no token from the query of the address', ['good'], async ({ open, tokens }) => {
    const connection = await open({ token: await tokens.good() })
    await connect(connection)
    await expectCode(connection, 'token_missing', true)
    await connection.close()
  }),
  wireCase('lets in with another token on the connection where one was refused', ['good'], async ({ open, tokens }) => {
    const connection = await open()
    await connect(connection, { token: 'garbage' })
    await expectRefused(connection)
    await connect(connection, { token: await tokens.good() })
    await expectAccepted(connection)
    await connection.close()
  }),
  wireCase('hears no event before CONNECT', ['good'], async (bench) => {
    const connection = await bench.open()
    await connection.send({ type: EVENT, namespace: '/', id: 1, data: ['auth:renew', { token: 'x' }] }).catch(() => {})
    const isAnswer = connection.next('An answer', ({ type }) => type === ACK || type === CONNECT, QUIET_MS)
    expectThat(
      !(await isAnswer.then(
        () => true,
        () => false,
      )),
      'It was answered.',
    )
    await connection.close()
    await expectAlive(bench)
  }),
  wireCase('hears no event of a socket that it has refused', ['good'], async (bench) => {
    const connection = await bench.open()
    await connect(connection, { token: 'garbage' })
    await expectRefused(connection)
    await connection.send({
      type: EVENT,
      namespace: '/',
      id: 1,
      data: ['auth:renew', { token: await bench.tokens.good() }],
    })
    const isAnswer = connection.next('An answer', ({ type }) => type === ACK, QUIET_MS)
    expectThat(
      !(await isAnswer.then(
        () => true,
        () => false,
      )),
      'It was answered.',
    )
    await connection.close()
  }),
  wireCase('lets nobody into a namespace that nobody has named, without a token', ['good'], async (bench) => {
    const connection = await bench.open()
    await connect(connection, {}, '/conformance-unknown')
    await pause(QUIET_MS)
    expectThat(!connection.received().includes('auth:session'), 'It was let in.')
    await connection.close()
    await expectAlive(bench)
  }),
  ...['0null', '0[]', '0["x"]', '0"x"', '07', '0{', '0/,', '0/x', '9', '', '0{"__proto__":{"token":"x"}}'].map(
    survives,
  ),
  wireCase('stops checking after 100 CONNECTs of one connection that are refused', ['good'], flood),
  wireCase('goes on when a client leaves while its token is checked', ['good'], async (bench) => {
    for (let count = 0; count < 5; count++) {
      const connection = await bench.open()
      await connect(connection, { token: await bench.tokens.good() })
      await connection.close()
    }
    await expectAlive(bench)
  }),
]
