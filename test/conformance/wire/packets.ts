// Packets of the Socket.IO protocol, version 5, in the default encoding.

export const CONNECT = 0
export const DISCONNECT = 1
export const EVENT = 2
export const ACK = 3
export const CONNECT_ERROR = 4

export interface Packet {
  readonly type: number
  readonly namespace: string
  readonly id?: number
  readonly data?: unknown
}

/** What is sent, as text: any packet, or what is none. */
export function written({ type, namespace, id, data }: Packet): string {
  const where = namespace === '/' ? '' : `${namespace},`
  return `${type}${where}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`
}

export function readPacket(text: string): Packet | undefined {
  const [, type, where, id, json] = /^(\d)(?:(\/[^,]*),)?(\d*)([\s\S]*)$/.exec(text) ?? []
  if (type === undefined) return undefined
  const data: unknown = json ? JSON.parse(json) : undefined
  return { type: Number(type), namespace: where ?? '/', ...(id && { id: Number(id) }), data }
}
