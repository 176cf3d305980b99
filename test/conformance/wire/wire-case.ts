// What a case on the wire is, and what it is run against.

import type { Connection, Transport } from './connection.js'
import type { EncodingName } from './packets.js'

/** Tokens that the server has to judge, each as its name says. Asked for anew each time. */
export interface WireTokens {
  /** Of a user, good for ten minutes and more. */
  good(): Promise<string>
  /** Of the same user, good for longer than `good`. */
  later(): Promise<string>
  /** Of another user, good for ten minutes and more. */
  other(): Promise<string>
  /** Of the same user. Its end is longer ago than the tolerance of the verifier and the grace. */
  expired(): Promise<string>
  /** Of another tenant, or for another API: no other token of that kind mends it. */
  foreign(): Promise<string>
  /** Of the same user. With the grace it ends within 20 s. */
  short(): Promise<string>
}

export type TokenName = keyof WireTokens

export interface Target {
  /** Of the Socket.IO server, with its path: `http://localhost:3000/socket.io/`. */
  readonly socketUrl?: string | undefined
  /** Where `keepSession` begins a session: `http://localhost:3000/session`. */
  readonly sessionUrl?: string | undefined
  /** Answers a GET with a Bearer token by JSON with the `key` of its user: `http://localhost:3000/me`. */
  readonly requestUrl?: string | undefined
  /** What the names of namespaces begin with that are made when somebody asks for them: `/room-`. Any number may follow. */
  readonly dynamicNamespace?: string | undefined
  readonly transport: Transport
  readonly encoding: EncodingName
  readonly tokens: Partial<WireTokens>
}

/** What a case works with: each of the tokens that it needs is there. */
export interface Bench {
  readonly socketUrl: string
  readonly sessionUrl: string
  readonly requestUrl: string
  readonly dynamicNamespace: string
  readonly tokens: WireTokens
  open(query?: object): Promise<Connection>
}

export interface WireCase {
  /** What the server does. */
  readonly sentence: string
  readonly needs: readonly TokenName[]
  /** It writes a packet itself, in the default encoding. */
  readonly isText?: boolean
  /** Throws where the server does not do it. */
  run(bench: Bench): Promise<void>
}

export interface WireGroup {
  readonly title: string
  readonly on: 'sockets' | 'sessions' | 'requests' | 'dynamic namespaces'
  readonly cases: readonly WireCase[]
}

export function wireCase(sentence: string, needs: readonly TokenName[], run: WireCase['run']): WireCase {
  return { sentence, needs, run }
}

/** A case with a packet that no library writes, in the default encoding. */
export function textCase(sentence: string, needs: readonly TokenName[], run: WireCase['run']): WireCase {
  return { sentence, needs, run, isText: true }
}

export function expectThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The server has nothing that the case is about, and does not have to have it. */
export class NotOffered extends Error {}
