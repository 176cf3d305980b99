import { type Connection, pause } from './connection.js'
import { CONNECT, DISCONNECT, EVENT, type Packet } from './packets.js'
import { answerTo, connect, eventOf, expectRenewed, QUIET_MS } from './socket.js'
import { type Bench, expectThat, NotOffered, type TokenName, type WireCase, wireCase } from './wire-case.js'

const MOST_TRIES = 10

/** What a client of Socket.IO keeps to get its session back. */
interface Lost {
  readonly sid: string
  readonly pid: string
  /** Of the last event that it has got. */
  readonly offset: string
}

/** A socket that has heard the hello. */
async function open(bench: Bench): Promise<{ connection: Connection; lost: Lost }> {
  const connection = await bench.open()
  await connect(connection, { token: await bench.tokens.good() })
  const { type, data } = await answerTo(connection)
  expectThat(type === CONNECT, 'CONNECT was refused.')
  const { sid, pid } = Object(data)
  if (typeof pid !== 'string') throw new NotOffered('the server restores no connections')
  const hello = await eventOf(connection, 'auth:session')
  const offset = hello.at(-1)
  expectThat(typeof offset === 'string', 'The hello has no offset.')
  return { connection, lost: { sid, pid, offset } }
}

/** A connection that was lost without DISCONNECT. */
async function lose(bench: Bench): Promise<Lost> {
  const { connection, lost } = await open(bench)
  await connection.close()
  await pause(QUIET_MS)
  return lost
}

/** The socket that comes back with this payload: its id. */
async function comeBack(bench: Bench, payload: object): Promise<{ connection: Connection; sid: string }> {
  const connection = await bench.open()
  await connect(connection, payload)
  const { type, data } = await answerTo(connection)
  expectThat(type === CONNECT, `CONNECT was refused: ${JSON.stringify(data)}.`)
  return { connection, sid: String(Object(data).sid) }
}

/** Tried again for a while: a server may hear late that the last connection is gone. */
async function getBack(bench: Bench, { sid, pid, offset }: Lost): Promise<Connection> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const back = await comeBack(bench, { token: await bench.tokens.good(), pid, offset })
    if (back.sid === sid) return back.connection
    await back.connection.close()
    await pause(QUIET_MS)
  }
  throw new Error('The session was not restored.')
}

/** The refusal of a payload that would restore the session: tried again for a while, for the same reason. */
async function expectNotRestored(bench: Bench, lost: Lost, token: unknown, code: string, retry: boolean) {
  const { sid, pid, offset } = lost
  for (let tries = 1; ; tries++) {
    const connection = await bench.open()
    await connect(connection, { token, pid, offset })
    const { type, data } = await answerTo(connection)
    if (type === CONNECT) expectThat(Object(data).sid !== sid && tries < MOST_TRIES, 'CONNECT was accepted.')
    else {
      const { code: given, retry: mayRetry } = Object(Object(data).data)
      expectThat(given === code && mayRetry === retry, `It was refused with ${JSON.stringify(data)}.`)
      return connection
    }
    await connection.close()
    await pause(QUIET_MS)
  }
}

function givesNothing(who: string, needs: readonly TokenName[], token: unknown, code: string, retry: boolean) {
  const sentence = `restores nothing for ${who}: ${code}, and no event before it or after it`
  return wireCase(sentence, ['good', ...needs], async (bench) => {
    const lost = await lose(bench)
    const [name] = needs
    const shown = name ? await bench.tokens[name]() : token
    const connection = await expectNotRestored(bench, lost, shown, code, retry)
    const isEvent = ({ type }: Packet) => type === EVENT
    const event = await connection.next('An event', isEvent, QUIET_MS).catch(() => undefined)
    expectThat(event === undefined, 'It got an event.')
  })
}

function makesAnew(what: string, change: (lost: Lost) => object): WireCase {
  return wireCase(`makes a new socket for ${what}`, ['good'], async (bench) => {
    const lost = await lose(bench)
    const { sid } = await comeBack(bench, { token: await bench.tokens.good(), ...change(lost) })
    expectThat(sid !== lost.sid, 'The session was restored.')
  })
}

/** With the option `connectionStateRecovery` of Socket.IO. */
export const recoveryCases: readonly WireCase[] = [
  wireCase('restores the session of its user, with a token, and says hello again', ['good'], async (bench) => {
    const connection = await getBack(bench, await lose(bench))
    await eventOf(connection, 'auth:session')
  }),
  wireCase('renews a session that was restored', ['good', 'later'], async (bench) => {
    const connection = await getBack(bench, await lose(bench))
    await expectRenewed(connection, await bench.tokens.later())
  }),
  givesNothing('a client without a token', [], undefined, 'token_missing', true),
  givesNothing('an object for a token', [], {}, 'token_malformed', false),
  givesNothing('an expired token', ['expired'], undefined, 'token_expired', true),
  givesNothing('another user', ['other'], undefined, 'account_mismatch', false),
  wireCase('keeps the session for its user while others are refused', ['good', 'other'], async (bench) => {
    const lost = await lose(bench)
    await expectNotRestored(bench, lost, await bench.tokens.other(), 'account_mismatch', false)
    await getBack(bench, lost)
  }),
  wireCase('restores nothing whose socket is still there: that one stays', ['good', 'later'], async (bench) => {
    const { connection, lost } = await open(bench)
    const { pid, offset } = lost
    const other = await comeBack(bench, { token: await bench.tokens.good(), pid, offset })
    expectThat(other.sid !== lost.sid, 'Two sockets have one id.')
    await other.connection.close()
    await expectRenewed(connection, await bench.tokens.later())
  }),
  wireCase('restores nothing after DISCONNECT', ['good'], async (bench) => {
    const { connection, lost } = await open(bench)
    await connection.send({ type: DISCONNECT, namespace: '/' })
    await connection.close()
    await pause(QUIET_MS)
    const { sid, pid, offset } = lost
    const back = await comeBack(bench, { token: await bench.tokens.good(), pid, offset })
    expectThat(back.sid !== sid, 'The session was restored.')
  }),
  makesAnew('the id of a socket in place of that of its session', ({ sid, offset }) => ({ pid: sid, offset })),
  makesAnew('a session that was never there', ({ offset }) => ({ pid: 'conformance-unknown', offset })),
  makesAnew('a number for a session', ({ offset }) => ({ pid: 42, offset })),
  makesAnew('a list for a session', ({ pid, offset }) => ({ pid: [pid], offset })),
  makesAnew('a session without an offset', ({ pid }) => ({ pid })),
  makesAnew('an object for an offset', ({ pid }) => ({ pid, offset: {} })),
]
