// What a case does with a socket, step by step.

import type { Connection } from './connection.js'
import { ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, type Packet } from './packets.js'
import { type Bench, expectThat } from './wire-case.js'

export const QUIET_MS = 400
const SHORT_WAIT_MS = 3_000

export interface Refusal {
  readonly code: string
  readonly retry: boolean
}

export function connect(connection: Connection, data?: unknown, namespace = '/'): Promise<void> {
  return connection.send({ type: CONNECT, namespace, data })
}

/** What a CONNECT without an answer yet is answered with. */
export function answerTo(connection: Connection, namespace = '/'): Promise<Packet> {
  const isAnswer = ({ type }: Packet) => type === CONNECT || type === CONNECT_ERROR
  return connection.next('The answer to CONNECT', (each) => isAnswer(each) && each.namespace === namespace)
}

export async function expectAccepted(connection: Connection, namespace = '/'): Promise<Record<string, unknown>> {
  const { type, data } = await answerTo(connection, namespace)
  expectThat(type === CONNECT, `CONNECT was refused: ${JSON.stringify(data)}.`)
  const hello = await eventOf(connection, 'auth:session', namespace)
  return Object(hello[1])
}

export async function expectRefused(connection: Connection, namespace = '/'): Promise<Refusal> {
  const { type, data } = await answerTo(connection, namespace)
  expectThat(type === CONNECT_ERROR, 'CONNECT was accepted.')
  const { message, data: details } = Object(data)
  expectThat(message === 'unauthorized', `The message was ${JSON.stringify(message)}.`)
  const { code, retry } = Object(details)
  expectThat(typeof code === 'string' && typeof retry === 'boolean', `The data was ${JSON.stringify(details)}.`)
  return { code, retry }
}

export async function expectCode(connection: Connection, code: string, retry: boolean, namespace = '/'): Promise<void> {
  const refusal = await expectRefused(connection, namespace)
  const isRight = refusal.code === code && refusal.retry === retry
  expectThat(isRight, `It was refused with ${JSON.stringify(refusal)}, and not with ${code}, retry ${retry}.`)
}

export async function eventOf(connection: Connection, event: string, namespace = '/', waitMs?: number) {
  const fits = (each: Packet) => each.type === EVENT && each.namespace === namespace && nameOf(each) === event
  const { data } = await connection.next(event, fits, waitMs)
  return data as unknown[]
}

function nameOf({ data }: Packet): unknown {
  return Array.isArray(data) ? data[0] : undefined
}

let lastId = 0

/** The acknowledgement of `auth:renew` with these arguments. */
export function renew(connection: Connection, ...args: unknown[]): Promise<Record<string, unknown>> {
  return acknowledgement(connection, args)
}

/** Whether the server still answers. A packet that waits for another one may take the first question for that. */
export async function isAnswered(connection: Connection): Promise<boolean> {
  for (let count = 0; count < 2; count++)
    if (await acknowledgement(connection, [], { waitMs: SHORT_WAIT_MS }).catch(() => undefined)) return true
  return false
}

interface Asking {
  readonly namespace?: string
  readonly waitMs?: number
}

async function acknowledgement(connection: Connection, args: unknown[], { namespace = '/', waitMs }: Asking = {}) {
  lastId += 1
  const id = lastId
  await connection.send({ type: EVENT, namespace, id, data: ['auth:renew', ...args] })
  const answer = await connection.next(
    'The answer to auth:renew',
    (each) => each.type === ACK && each.id === id && each.namespace === namespace,
    waitMs,
  )
  return Object((answer.data as unknown[])[0]) as Record<string, unknown>
}

export async function expectRenewalRefused(connection: Connection, code: string, ...args: unknown[]): Promise<void> {
  expectNotRenewed(await renew(connection, ...args), code)
}

/** With this token, in any namespace. */
export async function expectRenewalRefusedIn(
  connection: Connection,
  namespace: string,
  token: string,
  code: string,
): Promise<void> {
  expectNotRenewed(await acknowledgement(connection, [{ token }], { namespace }), code)
}

function expectNotRenewed(answer: Record<string, unknown>, code: string): void {
  const isRight = answer['ok'] === false && answer['code'] === code
  expectThat(isRight, `It was answered with ${JSON.stringify(answer)}, and not with ${code}.`)
}

export async function expectRenewed(connection: Connection, token: string, namespace = '/'): Promise<number> {
  const answer = await acknowledgement(connection, [{ token }], { namespace })
  const { ok, expiresInMs } = answer
  const isRight = ok === true && typeof expiresInMs === 'number' && expiresInMs > 0
  expectThat(isRight, `The renewal was answered with ${JSON.stringify(answer)}.`)
  return expiresInMs
}

/** A socket that is let in, and has heard the hello. */
export async function openSocket({ open, tokens }: Bench): Promise<Connection> {
  const connection = await open()
  await connect(connection, { token: await tokens.good() })
  await expectAccepted(connection)
  return connection
}

/** Whatever came before, the server lets others in. */
export async function expectAlive(bench: Bench): Promise<void> {
  const connection = await openSocket(bench)
  await connection.close()
}

/** Whether the server has ended the socket, by DISCONNECT or with its connection. */
export async function hasEnded(connection: Connection, waitMs: number): Promise<boolean> {
  const isEnd = ({ type, namespace }: Packet) => type === DISCONNECT && namespace === '/'
  return connection.next('DISCONNECT', isEnd, waitMs).then(
    () => true,
    () => connection.isClosed(0),
  )
}
