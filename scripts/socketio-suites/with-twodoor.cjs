// Loaded into every process of Socket.IO's own tests: what they import as socket.io is protected, and what they import as
// socket.io-client has a token. TWODOOR is the folder of the build, SOCKET_IO that of Socket.IO's packages.

const Module = require('node:module')
const { join, sep } = require('node:path')

const build = process.env.TWODOOR
const packages = process.env.SOCKET_IO
const rawClientFile = join(packages, 'socket.io', 'test', 'support', 'util.ts')
const engineFile = join(packages, 'engine.io-client', 'build', 'cjs', 'index.js')
const serverFile = join(packages, 'socket.io', 'dist', 'index.js')
const clientFile = join(packages, 'socket.io-client', 'build', 'cjs', 'index.js')

/** Of the Engine.IO protocol, between the packets of a poll. */
const SEPARATOR = '\x1e'
const HOUR_MS = 3_600_000
const TOKEN = 'the token of these tests'
const identity = { key: 'entra:tenant:object', tenantId: 'tenant', objectId: 'object', claims: {} }
const verifier = {
  async verify(token) {
    if (token !== TOKEN) throw new Error('another token')
    return { ...identity, expiresAt: Date.now() + HOUR_MS }
  },
}
const provider = {
  async getToken() {
    return { token: TOKEN, expiresOnTimestamp: Date.now() + HOUR_MS }
  },
}

function protect(exported) {
  const { protectSockets } = require(join(build, 'cjs', 'server', 'index.js'))
  class ProtectedServer extends exported.Server {
    constructor(...args) {
      super(...args)
      protectSockets(this, verifier)
    }
  }
  const create = (...args) => new ProtectedServer(...args)
  return Object.assign(create, exported, { Server: ProtectedServer })
}

function authenticate(exported) {
  const { socketAuth, withSocketAuth } = require(join(build, 'cjs', 'index.js'))
  /** As somebody uses it who has no `io()`: each socket gets the function. */
  class ManagerWithAuth extends exported.Manager {
    socket(namespace, options) {
      return super.socket(namespace, { ...options, auth: socketAuth(provider, { payload: options?.auth }) })
    }
  }
  hideTokenFromTests()
  const io = withSocketAuth(exported.io, provider)
  return Object.assign(io, { Manager: ManagerWithAuth })
}

/** The clients that the tests of the server write packet by packet speak the protocol: a token with CONNECT, a hello after it. */
function speakProtocol(exported) {
  const eioPush = (server, id, body) => exported.eioPush(server, id, withToken(body))
  const eioPoll = async (server, id) => {
    const packets = (await exported.eioPoll(server, id)).split(SEPARATOR)
    const left = packets.filter((packet) => !/^42(\/[^,]*,)?\["auth:session"/.test(packet))
    return left.length > 0 ? left.join(SEPARATOR) : eioPoll(server, id)
  }
  return { ...exported, eioPush, eioPoll }
}

function withToken(body) {
  const [, start, payload] = body.match(/^(40(?:\/[^,]*,)?)(\{.*\})?$/) ?? []
  return start === undefined ? body : start + JSON.stringify({ ...JSON.parse(payload ?? '{}'), token: TOKEN })
}

/** Tests that compare each packet that is sent see CONNECT as it would be without a token. */
function hideTokenFromTests() {
  const { Socket } = require(engineFile)
  const { on } = Socket.prototype
  const bare = ({ data, ...packet }) => ({
    ...packet,
    data: data.replace?.(JSON.stringify({ token: TOKEN }), '') ?? data,
  })
  Socket.prototype.on = function (event, listener) {
    if (event !== 'packetCreate') return on.call(this, event, listener)
    // By `fn` the emitter finds it again to remove it.
    return on.call(
      this,
      event,
      Object.assign((packet) => listener.call(this, bare(packet)), { fn: listener }),
    )
  }
}

const wrappers = new Map([
  [rawClientFile, speakProtocol],
  [serverFile, protect],
  [clientFile, authenticate],
])
const wrapped = new Map()
const { _load: load } = Module

/** Only what the tests import: inside of the packages everything stays as it is. */
Module._load = function (request, parent, ...rest) {
  const exported = Reflect.apply(load, this, [request, parent, ...rest])
  if (!parent?.filename?.startsWith(packages) || !parent.filename.includes(`${sep}test${sep}`)) return exported
  const file = Module._resolveFilename(request, parent)
  const wrap = wrappers.get(file)
  if (wrap && !wrapped.has(file)) wrapped.set(file, wrap(exported))
  return wrapped.get(file) ?? exported
}
