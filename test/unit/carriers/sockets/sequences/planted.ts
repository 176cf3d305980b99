// Mistakes that wrappers of sockets make, each put into a copy of the built twodoor by replacing one expression.

import { type Bug, copyBuild } from '../../../sequences/copy.js'
import type { Parts } from './world.js'

const guard = 'carriers/sockets/connect-guard.js'
const lifecycle = 'carriers/sockets/lifecycle.js'
const ownership = 'carriers/sockets/ownership.js'
const authEvents = 'carriers/sockets/auth-events.js'
const connect = 'carriers/sockets/connect.js'

export const bugs: readonly Bug[] = [
  {
    does: 'answers `auth` twice',
    file: guard,
    right: 'send({ ...own, token: token.token })',
    wrong: '(send({ ...own, token: token.token }), send({ ...own, token: token.token }))',
  },
  {
    does: 'asks for another CONNECT while the first has no answer',
    file: guard,
    right: 'engine === sentOn || engine === takenBackOn || engine === acquisition?.engine',
    wrong: 'false',
  },
  {
    does: 'keeps a token of its own and never asks again',
    file: guard,
    right: 'const token = internals?.peek();',
    wrong: 'const token = (socket.kept ??= internals?.peek());',
  },
  {
    does: 'sends a token again that the server has turned down',
    file: guard,
    right: 'rejected = used && { token: used.token, cause };',
    wrong: 'rejected = undefined;',
  },
  {
    does: 'does not care whose token it is',
    file: ownership,
    right: 'writers.every((each) => (each ?? account) === account)',
    wrong: 'true',
  },
  {
    does: 'does not ask who was there while the socket was closed',
    file: ownership,
    right: '[owner, ...history().slice(first)]',
    wrong: '[owner]',
  },
  {
    does: 'does not take back a CONNECT that has no answer yet',
    file: lifecycle,
    right: 'closeBetween(socket.io, unanswered)',
    wrong: 'void 0',
  },
  {
    does: 'closes a shared connection while packets that have come are still to be handed on',
    file: 'carriers/sockets/socket-like.js',
    right: 'startTimer(manager, () => {',
    wrong: '((_, act) => act())(manager, () => {',
  },
  {
    does: 'lets a back-off go on after disconnect()',
    file: lifecycle,
    right: 'status = next;\n        clearTimeout(timer);',
    wrong: 'status = next;',
  },
  {
    does: 'goes on listening to the provider after disconnect()',
    file: connect,
    right: 'for (const undo of subscriptions ?? [])\n            undo();',
    wrong: '',
  },
  {
    does: 'leaves its listeners on the socket',
    file: connect,
    right: 'removeListeners(socket, listeners);',
    wrong: '',
  },
  {
    does: 'keeps what was replayed before a refusal',
    file: guard,
    right: 'socket.receiveBuffer = [];',
    wrong: '',
  },
  {
    does: 'does not hear that somebody has signed in',
    file: authEvents,
    right: "if (lifecycle.status === 'paused') {",
    wrong: 'if (false) {',
  },
  {
    does: 'lets a socket outlive a sign-out',
    file: authEvents,
    right: "pause(socketError('sign_in_required'));",
    wrong: '',
  },
  {
    does: 'sends what was written while nobody was signed in',
    file: ownership,
    right: 'dropUnsent(socket, kept);',
    wrong: '',
  },
  {
    does: 'opens a second connection while the first one fails',
    file: lifecycle,
    right: 'queueMicrotask(hasten);',
    wrong: 'connectRaw();',
  },
  {
    does: 'repeats a refused CONNECT at once',
    file: 'carriers/sockets/retry-budget.js',
    right: 'backoff(failures, RETRY)',
    wrong: '0',
  },
  {
    does: 'goes on renewing after disconnect()',
    file: 'carriers/sockets/renew.js',
    right: 'isStopped = true;\n            giveUp();\n            clearTimeout(timer);',
    wrong: '',
  },
  {
    does: 'lets a socket stay after its token has expired',
    file: 'server/sockets/lifetime.js',
    right: 'timer = setTimeout(onTimer, ',
    wrong: 'timer = setTimeout(() => {}, ',
  },
  {
    does: 'restores a session before it has checked the token',
    file: 'server/sockets/recovery.js',
    right: 'restoreFor(current, () => Reflect.apply(restore, adapter, args))',
    wrong: 'Reflect.apply(restore, adapter, args)',
  },
]

export async function partsWith(bug: Bug): Promise<Parts> {
  const { load } = copyBuild(bug.does, bug)
  const [{ withSocketAuth }, { protectSockets }, { TokenRefusedError }] = await Promise.all([
    load<Pick<Parts, 'withSocketAuth'>>('carriers/sockets/wrap.js'),
    load<Pick<Parts, 'protectSockets'>>('server/sockets/protect.js'),
    load<Pick<Parts, 'TokenRefusedError'>>('server/refusal.js'),
    // Loaded lazily, but not while the clock stands still.
    load('carriers/sockets/lifetime.js'),
  ])
  return { withSocketAuth, protectSockets, TokenRefusedError }
}
