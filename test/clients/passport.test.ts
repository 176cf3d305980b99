// What a server uses now that passport-azure-ad is no longer maintained: the strategy of openid-client to sign in, and
// passport-jwt with jwks-rsa for its API.

import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { passportJwtSecret } from 'jwks-rsa'
import { discovery } from 'openid-client'
import { Strategy as OpenIdStrategy, type VerifyFunction } from 'openid-client/passport'
import passport from 'passport'
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MintOptions } from '../../src/testing/index.js'
import { ADELE, type EntraForClients, SECRET, startEntra } from './entra.js'

interface RunningApp {
  readonly url: string
  close(): Promise<void>
}

let world: EntraForClients
let app: RunningApp

afterEach(async () => {
  await app.close()
  await world.close()
})

function start(server: express.Express, port = 0): Promise<RunningApp> {
  return new Promise((resolve) => {
    const listener = server.listen(port, '127.0.0.1', () => {
      const { port: own } = listener.address() as AddressInfo
      const close = () =>
        new Promise<void>((done) => {
          listener.close(() => done())
          listener.closeAllConnections()
        })
      resolve({ url: `http://localhost:${own}`, close })
    })
  })
}

describe('the strategy of openid-client', () => {
  const tellWho: RequestHandler = (request, response) => {
    response.json({ user: request.user ?? null })
  }

  async function startWebApp(): Promise<RunningApp> {
    const own = new passport.Passport()
    const server = express()
    server.use(session({ secret: 'of these tests', resave: false, saveUninitialized: false }))
    server.use(own.initialize(), own.session())
    own.serializeUser((user, done) => done(null, user))
    own.deserializeUser((user: Express.User, done) => done(null, user))
    server.get('/login', own.authenticate('entra'))
    server.get('/callback', own.authenticate('entra', { successRedirect: '/me', failureRedirect: '/failed' }))
    server.get(['/me', '/failed'], tellWho)
    const running = await start(server)
    const web = { redirectUris: [`${running.url}/callback`], clientSecret: SECRET }
    world = await startEntra({ web })
    const config = await discovery(new URL(`${world.authority}/v2.0`), world.entra.clientId, SECRET)
    const verify: VerifyFunction = (tokens, verified) => verified(null, tokens.claims())
    const callbackURL = `${running.url}/callback`
    own.use('entra', new OpenIdStrategy({ config, scope: 'openid profile', callbackURL }, verify))
    return running
  }

  beforeEach(async () => {
    app = await startWebApp()
  })

  it('signs in a user, who stays signed in', async () => {
    const { person, entra } = world
    const home = await person.open(await person.signIn(`${app.url}/login`, ADELE))
    expect(home.url.pathname).toBe('/me')
    const again = await person.open(`${app.url}/me`)
    expect(JSON.parse(again.text)).toMatchObject({ user: { preferred_username: ADELE, tid: entra.tenant } })
  })

  it('refuses an answer to a request that this browser never made', async () => {
    const landing = await world.person.signIn(`${app.url}/login`, ADELE)
    landing.url.searchParams.set('state', 'of somebody else')
    const answer = await world.person.open(landing)
    expect([answer.status, answer.url.pathname]).toEqual([500, '/callback'])
    expect(JSON.parse((await world.person.open(`${app.url}/me`)).text)).toEqual({ user: null })
  })
})

describe('passport-jwt with jwks-rsa', () => {
  async function startApi(): Promise<RunningApp> {
    world = await startEntra({ accessTokenVersion: 2 })
    const own = new passport.Passport()
    const strategy = new JwtStrategy(
      {
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: passportJwtSecret({ jwksUri: `${world.authority}/discovery/v2.0/keys`, cache: true }),
        audience: world.entra.clientId,
        issuer: `${world.authority}/v2.0`,
        algorithms: ['RS256'],
      },
      (claims: { oid: string }, done: (error: null, user: { oid: string }) => void) => done(null, { oid: claims.oid }),
    )
    own.use(strategy)
    const server = express()
    server.get('/api', own.authenticate('jwt', { session: false }), (request, response) => {
      response.json(request.user)
    })
    return start(server)
  }

  beforeEach(async () => {
    app = await startApi()
  })

  const call = (token: string) => fetch(`${app.url}/api`, { headers: { authorization: `Bearer ${token}` } })

  it('accepts a token of the emulator, also after Entra ID has changed its keys', async () => {
    for (const rotate of [async () => {}, world.entra.rotateKeys]) {
      await rotate()
      const answer = await call(await world.entra.mint(ADELE))
      expect([answer.status, await answer.json()]).toEqual([200, { oid: world.entra.users[0]?.objectId }])
    }
  })

  it('refuses a forged one', async () => {
    expect((await call(await world.entra.mintForged(ADELE))).status).toBe(401)
  })

  it.each<[string, MintOptions]>([
    ['for another app', { audience: 'https://graph.microsoft.com' }],
    ['that has expired', { expiresInSeconds: -1 }],
    ['of version 1.0, which has another issuer', { version: 1 }],
  ])('refuses one %s', async (_name, options) => {
    expect((await call(await world.entra.mint(ADELE, options))).status).toBe(401)
  })
})
