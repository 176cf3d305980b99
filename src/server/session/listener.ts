import type { HttpRequest } from '../request.js'

/** A response of `node:http`, Express and the like. */
export interface NodeResponse {
  statusCode: number
  readonly headersSent?: boolean | undefined
  appendHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** Makes a listener for Node of a handler for the web platform. */
export function createListener(handle: (request: HttpRequest) => Promise<Response>) {
  return async (request: HttpRequest, response: NodeResponse): Promise<void> => {
    const answer = await handle(request)
    const text = await answer.text()
    if (response.headersSent) return // a middleware for timeouts, for example, has answered meanwhile
    response.statusCode = answer.status
    for (const [name, value] of answer.headers) response.appendHeader(name, value) // each Set-Cookie comes on its own
    response.end(text)
  }
}
