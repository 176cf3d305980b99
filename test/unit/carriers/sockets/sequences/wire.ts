// Reads the packets of Socket.IO as they reach the server and leave it, namespace by namespace.

import type { ServerLike } from '../../../../../src/server/index.js'

export interface Connect {
  readonly namespace: string
  readonly client: number
  readonly token: string
}

export interface Listener {
  connect(connect: Connect): void
  accepted(connect: Connect): void
  /** The server has taken this token in a renewal. */
  renewed(connect: Connect, token: string): void
  /** The server is about to end the transport, and all of its namespaces with it. */
  ending(engineId: string): void
  wrong(sentence: string): void
}

interface Packet {
  readonly type: string
  readonly data?: unknown
}

interface EngineLike {
  readonly id: string
  on(event: 'packet' | 'packetCreate', listener: (packet: Packet) => void): void
}

interface Line {
  connect?: Connect
  state: 'none' | 'asked' | 'accepted'
  /** Events that the server has sent before its answer to CONNECT. */
  early: number
  readonly renewals: Map<string, string>
}

/** A message of the protocol of Socket.IO 4: `<type>[/<namespace>,][<id>][<JSON>]`. */
const MESSAGE = /^(\d)(?:(\/[^,]*),)?(\d+)?(.*)$/s

export function watchWire(io: ServerLike, isProtected: boolean, listener: Listener): void {
  const engine = Reflect.get(io, 'engine') as { on(event: 'connection', listener: (each: EngineLike) => void): void }
  engine.on('connection', (each) => watchEngine(each, isProtected, listener))
}

function watchEngine(engine: EngineLike, isProtected: boolean, listener: Listener): void {
  const lines = new Map<string, Line>()

  function lineOf(namespace: string): Line {
    const line = lines.get(namespace) ?? { state: 'none', early: 0, renewals: new Map() }
    lines.set(namespace, line)
    return line
  }

  function onConnect(line: Line, namespace: string, payload: Record<string, unknown>): void {
    const { token, client } = payload
    if (typeof token !== 'string') listener.wrong('A CONNECT carried no token.')
    if (line.state !== 'none') listener.wrong(`A second CONNECT came on one transport: the first was ${line.state}.`)
    line.state = 'asked'
    line.early = 0
    line.connect = { namespace, client: Number(client), token: `${token}` }
    listener.connect(line.connect)
  }

  function onMessage(text: string): void {
    const [type, namespace, id, content] = parse(text)
    const line = lineOf(namespace)
    if (type === '0') onConnect(line, namespace, JSON.parse(content || '{}'))
    // Socket.IO closes the transport, with all of its namespaces.
    if (type === '2' && line.state === 'none') listener.ending(engine.id)
    if (type === '1') line.state = 'none'
    if (type !== '2' || !id) return
    const [event, message] = JSON.parse(content)
    if (event === 'auth:renew') line.renewals.set(id, message.token)
  }

  function onAnswer(line: Line, accepted: boolean): void {
    const { connect } = line
    line.state = accepted ? 'accepted' : 'none'
    if (connect && accepted) listener.accepted(connect)
    if (!accepted && line.early > 0 && isProtected)
      listener.wrong('What a session had missed went to somebody who was refused.')
  }

  function onSent(text: string): void {
    const [type, namespace, id, content] = parse(text)
    const line = lineOf(namespace)
    if (type === '0' || type === '4') onAnswer(line, type === '0')
    if (type === '1') line.state = 'none'
    if (type === '2' && line.state === 'asked') line.early += 1
    if (type === '2' && content.startsWith('["auth:expired"')) listener.ending(engine.id)
    const token = line.renewals.get(id)
    if (type === '3' && token && line.connect && JSON.parse(content)[0]?.ok) listener.renewed(line.connect, token)
  }

  engine.on('packet', ({ type, data }) => {
    if (type === 'message') onMessage(`${data}`)
  })
  engine.on('packetCreate', ({ type, data }) => {
    if (type === 'message') onSent(`${data}`)
  })
}

function parse(text: string): [type: string, namespace: string, id: string, content: string] {
  const [, type = '', namespace = '/', id = '', content = ''] = MESSAGE.exec(text) ?? []
  return [type, namespace, id, content]
}
