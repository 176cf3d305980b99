import { randomBytes } from 'node:crypto'
import { type IRouter, type Request, Router } from 'express'
import { createSessions, type Verifier } from 'twodoor/server'
import type { EntraEmulator } from 'twodoor/testing'
import type { Origins } from './guard.js'
import type { DoorName, Journal } from './journal.js'
import { drawPicture } from './picture.js'

export interface SessionRoutesOptions {
  readonly origins: Origins
  readonly entra: EntraEmulator
  readonly verifier: Verifier
  readonly journal: Journal
}

/**
 * `/session`, where a page turns its token into a cookie, and `/me.svg`, the picture of whom the cookie names: an `<img>`
 * cannot send a header.
 */
export function createSessionRoutes({ origins, entra, verifier, journal }: SessionRoutesOptions): IRouter {
  const secret = randomBytes(32)

  // In production nobody has to keep the doors apart: framed by another site, the app has a cookie jar of its own (CHIPS).
  // On this machine all names are one site, and cookies know no ports: each door would be sent the cookies of both, and a
  // session that begins in one would remove that of the other, as it should in a frame of the same site. So the cookie of
  // each port has its own name. It also tells apart two demos that run at once.
  function openDoor(door: DoorName, origin: string) {
    const { host, port } = new URL(origin)
    return { door, host, sessions: createSessions({ verifier, secret, name: `session-${port}` }) }
  }

  const browser = openDoor('browser', origins.app)
  const teams = openDoor('teams', origins.tab)
  const doorOf = ({ headers }: Request) => (headers.host === teams.host ? teams : browser)

  const routes = Router()
  routes.all('/session', async (request, response) => {
    const { door, sessions } = doorOf(request)
    await sessions.listener(request, response)
    const { method } = request
    const { statusCode } = response
    if (method === 'GET') return
    const tone = statusCode < 400 ? 'good' : 'bad'
    journal.write({ from: door, what: `${method} /session`, result: String(statusCode), tone })
  })
  routes.get('/me.svg', async (request, response) => {
    const { door, sessions } = doorOf(request)
    const session = await sessions.read(request)
    const status = session ? 200 : 401
    const who = session ? ({ tone: 'good', key: session.key } as const) : ({ tone: 'bad' } as const)
    journal.write({ from: door, what: 'GET /me.svg', result: String(status), ...who })
    if (!session) return void response.sendStatus(status)
    const user = entra.users.find(({ objectId }) => objectId === session.objectId)
    response.type('svg').send(drawPicture(user?.name ?? '', session.objectId))
  })
  return routes
}
