import { describe, expect, it } from 'vitest'
import { attributes, config, inTeams, openPage, origin, type PageOptions, settled, signedIn } from '../world.js'

const teams: PageOptions = { attributes: { ...attributes, ...inTeams } }
const oauth: PageOptions = { attributes: { ...attributes, browser: 'chainlit-oauth' } }
const without = (name: string) => Object.fromEntries(Object.entries(config).filter(([each]) => each !== name))

const ask = async () => {
  const response = await fetch(`${origin}/auth/config`)
  return { status: response.status, body: await response.text() }
}

describe('/auth/config', () => {
  it.each<[string, PageOptions]>([
    ['Teams', teams],
    ['a browser', {}],
  ])('offers nothing to click in %s, and leaves the rest', async (_, options) => {
    const { server, complaints } = openPage(options)
    server.config = () => Response.json({ ...config, further: { of: ['a later version'] } })
    expect(JSON.parse((await ask()).body)).toEqual({
      ...config,
      further: { of: ['a later version'] },
      oauthProviders: [],
    })
    expect(complaints).not.toHaveBeenCalled()
  })

  it("offers Chainlit's own OAuth without the header login that would fail", async () => {
    openPage(oauth)
    expect(JSON.parse((await ask()).body)).toEqual({ ...config, headerAuth: false })
  })

  it('waits in Teams until somebody is signed in, and in a browser for nobody', async () => {
    openPage()
    expect((await ask()).status).toBe(200)
    const { auth } = openPage({ ...teams, state: { host: signedIn.host, status: 'starting' } })
    let isAnswered = false
    const answer = ask().then(() => {
      isAnswered = true
    })
    await settled()
    expect(isAnswered).toBe(false)
    auth.set(signedIn)
    await answer
  })
})

describe('an /auth/config that cannot be had', () => {
  it('keeps nobody from signing in', async () => {
    const { server, auths } = openPage()
    server.instead = ({ url }) =>
      url.endsWith('/auth/config') ? Promise.reject(new TypeError('no network')) : undefined
    const asked = ask()
    expect((await fetch(`${origin}/user`)).status).toBe(200)
    await expect(asked).rejects.toThrow('no network')
    expect(auths).toHaveLength(1)
  })
})

describe('an /auth/config of another shape', () => {
  const shapes: [string, () => Response][] = [
    ['is no JSON', () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } })],
    ['is empty', () => new Response('')],
    ['is cut off', () => new Response('{"headerAuth":true,')],
    ['is null', () => Response.json(null)],
    ['is a number', () => Response.json(1)],
    ['is a text', () => Response.json('x')],
    ['is a list', () => Response.json([config])],
    ['is an empty object', () => Response.json({})],
    ['has no headerAuth', () => Response.json(without('headerAuth'))],
    ['has no requireLogin', () => Response.json(without('requireLogin'))],
    ['has no oauthProviders', () => Response.json(without('oauthProviders'))],
    ['has a text for requireLogin', () => Response.json({ ...config, requireLogin: 'null' })],
    ['has a text for headerAuth', () => Response.json({ ...config, headerAuth: 'true' })],
    ['has an object for oauthProviders', () => Response.json({ ...config, oauthProviders: {} })],
  ]

  it.each(shapes.flatMap(([name, make]) => [teams, {}, oauth].map((options) => [name, make, options] as const)))(
    'that %s passes as it is, with one word to the developer and nothing changed any more',
    async (_, make, options) => {
      const { server, complaints, dropIn, nativeFetch, sent } = openPage(options)
      server.config = make
      const expected = await make().text()
      expect(await ask()).toEqual({ status: 200, body: expected })
      expect(await ask()).toEqual({ status: 200, body: expected })
      expect(complaints).toHaveBeenCalledTimes(1)
      expect(complaints.mock.calls[0]?.join(' ')).toMatch(/`\/auth\/config`.*docs\/chainlit\.md.*without twodoor/)
      expect(dropIn.patched).toEqual([])
      expect(window.fetch).toBe(nativeFetch)
      sent.length = 0
      await fetch(`${origin}/user`)
      expect(sent).toHaveLength(1)
      await settled()
      expect(document.getElementById('twodoor')).toBeNull()
    },
  )

  it.each([401, 404, 500, 503])('that fails with %i passes as it is, and says nothing', async (status) => {
    const { server, complaints, dropIn } = openPage(teams)
    server.config = () => new Response('oh', { status })
    expect(await ask()).toEqual({ status, body: 'oh' })
    expect(complaints).not.toHaveBeenCalled()
    expect(dropIn.patched).not.toEqual([])
    server.config = () => Response.json(config)
    expect(JSON.parse((await ask()).body)).toMatchObject({ oauthProviders: [] })
  })

  it.each<[string, PageOptions, object, RegExp]>([
    ['offers no header login in Teams', teams, { ...config, headerAuth: false }, /`@cl\.header_auth_callback`/],
    ['offers no header login in a browser', {}, { ...config, headerAuth: false }, /`@cl\.header_auth_callback`/],
    [
      'offers no login at all',
      teams,
      { ...config, headerAuth: false, requireLogin: null, oauthProviders: [] },
      /`@cl\.header_auth_callback`/,
    ],
    ['offers no OAuth where that is to sign in', oauth, { ...config, oauthProviders: [] }, /OAUTH_.*data-browser/],
  ])('that %s passes as it is, and says what to register', async (_, options, body, words) => {
    const { server, complaints, dropIn } = openPage(options)
    server.config = () => Response.json(body)
    expect(JSON.parse((await ask()).body)).toEqual(body)
    expect(complaints).toHaveBeenCalledTimes(1)
    expect(complaints.mock.calls[0]?.join(' ')).toMatch(words)
    expect(dropIn.patched).toEqual([])
  })
})

describe('a server without header_auth_callback', () => {
  it('is known by its config, before anybody has signed in', async () => {
    const { server, complaints } = openPage({ ...teams, state: { host: signedIn.host, status: 'starting' } })
    server.config = () => Response.json({ ...config, headerAuth: false })
    expect((await ask()).status).toBe(200)
    expect(complaints).toHaveBeenCalledTimes(1)
  })

  it('sends nobody away to sign in before its config has come', async () => {
    const { server, auths, complaints, sentTo } = openPage()
    let answer = (_: Response) => {}
    server.instead = ({ url }) => {
      if (!url.endsWith('/auth/config')) return undefined
      return new Promise<Response>((resolve) => {
        answer = resolve
      })
    }
    const [asked, user] = [ask(), fetch(`${origin}/user`)]
    await settled()
    expect(sentTo('/user')).toHaveLength(1)
    answer(Response.json({ ...config, headerAuth: false }))
    expect((await asked).status).toBe(200)
    expect((await user).status).toBe(401)
    expect(await (await user).json()).toEqual({ detail: 'Not authenticated' })
    expect(complaints).toHaveBeenCalledTimes(1)
    expect(sentTo('/user')).toHaveLength(1)
    expect(auths).toEqual([])
  })

  it('gets no page back that it has sent to its login page', async () => {
    const { server, sentTo } = openPage({ path: '/thread/1' })
    server.config = () => Response.json({ ...config, headerAuth: false })
    await ask()
    const { sentTo: sentByLogin } = openPage({ ...teams, path: '/login' })
    expect(location.pathname).toBe('/login')
    expect([...sentTo('/auth/header'), ...sentByLogin('/auth/header')]).toEqual([])
  })

  it('is told of once, and lets Chainlit go on', async () => {
    const { server, complaints, dropIn, sentTo } = openPage(teams)
    server.instead = ({ url }) =>
      url.endsWith('/auth/header')
        ? Response.json({ detail: 'No header_auth_callback defined' }, { status: 400 })
        : undefined
    const waiting = fetch(`${origin}/project/settings`)
    expect((await waiting).status).toBe(401)
    expect(complaints).toHaveBeenCalledTimes(1)
    expect(complaints.mock.calls[0]?.join(' ')).toMatch(/`@cl\.header_auth_callback`/)
    expect(dropIn.patched).toEqual([])
    expect(sentTo('/auth/header')).toHaveLength(1)
    expect(document.getElementById('twodoor')).toBeNull()
  })
})
