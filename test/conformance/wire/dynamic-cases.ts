import {
  connect,
  eventOf,
  expectAccepted,
  expectAlive,
  expectCode,
  expectRefused,
  expectRenewalRefusedIn,
  expectRenewed,
} from './socket.js'
import { type Bench, expectThat, type TokenName, type WireCase, wireCase } from './wire-case.js'

const MOST_REFUSED = 100
const END_WAIT_MS = 30_000
let lastNumber = 0

/** One that nobody has asked for yet. */
function newName({ dynamicNamespace }: Bench): string {
  lastNumber += 1
  return `${dynamicNamespace}${Date.now()}${lastNumber}`
}

async function openIn(bench: Bench, namespace: string, token: string) {
  const connection = await bench.open()
  await connect(connection, { token }, namespace)
  const hello = await expectAccepted(connection, namespace)
  return { connection, hello }
}

function refuses(what: string, payload: unknown, code: string, retry: boolean): WireCase {
  return wireCase(`refuses ${what} with ${code}`, [], async (bench) => {
    const connection = await bench.open()
    const namespace = newName(bench)
    await connect(connection, payload, namespace)
    await expectCode(connection, code, retry, namespace)
  })
}

function refusesToken(name: TokenName, codes: readonly string[]): WireCase {
  return wireCase(`refuses the token \`${name}\``, [name], async (bench) => {
    const connection = await bench.open()
    const namespace = newName(bench)
    await connect(connection, { token: await bench.tokens[name]() }, namespace)
    const { code } = await expectRefused(connection, namespace)
    expectThat(codes.length === 0 || codes.includes(code), `The code was ${code}.`)
  })
}

/** How many CONNECTs without a token are judged, each to a namespace of its own, before the server stops. */
async function countJudged(bench: Bench): Promise<number> {
  const connection = await bench.open()
  for (let judged = 0; judged <= MOST_REFUSED; judged++) {
    const namespace = newName(bench)
    await connect(connection, {}, namespace)
    const code = await expectRefused(connection, namespace).then(
      (refusal) => refusal.code,
      () => undefined,
    )
    if (code === undefined || code === 'too_many_requests') return judged
  }
  return Number.POSITIVE_INFINITY
}

/** `io.of(/…/)`, `io.of((name, auth, next) => …)`, or a server that takes any namespace. */
export const dynamicCases: readonly WireCase[] = [
  wireCase('lets a good token in, and says hello there', ['good'], async (bench) => {
    const { hello } = await openIn(bench, newName(bench), await bench.tokens.good())
    expectThat(hello['renew'] === 'auth:renew', `renew is ${hello['renew']}.`)
  }),
  refuses('a CONNECT without a payload', undefined, 'token_missing', true),
  refuses('a payload without a token', { room: 'a' }, 'token_missing', true),
  refuses('an object for a token', { token: {} }, 'token_malformed', false),
  refusesToken('expired', ['token_expired']),
  refusesToken('foreign', []),
  wireCase('asks each namespace of a connection for a token of its own', ['good'], async (bench) => {
    const { connection } = await openIn(bench, newName(bench), await bench.tokens.good())
    const second = newName(bench)
    await connect(connection, {}, second)
    await expectCode(connection, 'token_missing', true, second)
  }),
  wireCase('lets in with a token where one was refused', ['good'], async (bench) => {
    const connection = await bench.open()
    const namespace = newName(bench)
    await connect(connection, {}, namespace)
    await expectRefused(connection, namespace)
    await connect(connection, { token: await bench.tokens.good() }, namespace)
    await expectAccepted(connection, namespace)
  }),
  wireCase('renews there, for the same user only', ['good', 'later', 'other'], async (bench) => {
    const namespace = newName(bench)
    const { connection } = await openIn(bench, namespace, await bench.tokens.good())
    await expectRenewalRefusedIn(connection, namespace, await bench.tokens.other(), 'account_mismatch')
    await expectRenewed(connection, await bench.tokens.later(), namespace)
  }),
  wireCase('ends there when the token and the grace are over', ['short'], async (bench) => {
    const namespace = newName(bench)
    const { connection } = await openIn(bench, namespace, await bench.tokens.short())
    await eventOf(connection, 'auth:expired', namespace, END_WAIT_MS)
  }),
  wireCase('stops checking after 100 namespaces that one connection was refused in', ['good'], async (bench) => {
    const judged = await countJudged(bench)
    expectThat(judged <= MOST_REFUSED, `It went on to judge after ${MOST_REFUSED}.`)
    await expectAlive(bench)
  }),
]
