// What has failed once always runs. A seed draws other sequences when what can be drawn changes: so the shortest that it
// failed with are here as well.

import type { Sequence, Setting } from './sequence.js'

export const failedSeeds = [202, 404, 505, 606, 707, 590_014_133, 660_096_695, 999_638_850, 1_229_918_338]

const setting: Setting = {
  transport: 'upgrade',
  protected: true,
  recovery: false,
  retries: false,
  sockets: 2,
  linked: true,
  eager: false,
  check: 0,
  asks: false,
  user: 'alice',
  lifetime: 130,
  seed: 0,
}

export const failedSequences: readonly Sequence[] = [
  // A CONNECT taken back while the other namespace has been let in, and has not heard of it.
  {
    setting: { ...setting, check: 300 },
    steps: [{ do: 'revoke' }, { do: 'sleep', seconds: 20 }, { do: 'disconnect', socket: 1 }, { do: 'sign out' }],
    abrupt: false,
  },
  {
    setting,
    steps: [
      { do: 'sleep', seconds: 20, turns: 3 },
      { do: 'disconnect', socket: 0 },
      { do: 'refuse', verdict: 'token_invalid', times: 1 },
      { do: 'pass', seconds: 5 },
    ],
    abrupt: false,
  },
  {
    setting: { ...setting, check: 300 },
    steps: [
      { do: 'hang up' },
      { do: 'disconnect', socket: 0 },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'connect', socket: 0 },
    ],
    abrupt: false,
  },
  {
    setting: { ...setting, transport: 'websocket' },
    steps: [{ do: 'cut' }, { do: 'emit', socket: 0, count: 1 }, { do: 'disconnect', socket: 1, amid: true }],
    abrupt: false,
  },
  // A message that leaves on a connection which the network is ending.
  {
    setting: { ...setting, sockets: 1 },
    steps: [{ do: 'emit', socket: 0, count: 1, turns: 3 }, { do: 'offline' }, { do: 'expire' }],
    abrupt: false,
  },
  // A clock that jumped before the promises of a CONNECT had run.
  {
    setting: { ...setting, transport: 'websocket', asks: true, seed: 288_704_659 },
    steps: [
      { do: 'news', socket: 0 },
      { do: 'refuse', verdict: 'keys_unavailable', times: 1 },
      { do: 'cut' },
      { do: 'news', socket: 0 },
      { do: 'pass', seconds: 5 },
      { do: 'emit', socket: 0, count: 1 },
    ],
    abrupt: false,
  },
  // A network that breaks in the middle of an upgrade.
  {
    setting: { ...setting, sockets: 1, linked: false },
    steps: [
      { do: 'sign in', user: 'alice', turns: 5 },
      { do: 'cut' },
      { do: 'sign in', user: 'alice' },
      { do: 'expire' },
    ],
    abrupt: false,
  },
  // A connection that the app left in the middle of an upgrade, and that sends what it has after the next one, as with `io`.
  {
    setting: { ...setting, protected: false, sockets: 1, linked: false },
    steps: [
      { do: 'emit', socket: 0, count: 2 },
      { do: 'disconnect', socket: 0 },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'connect', socket: 0 },
      { do: 'hang up', amid: true },
    ],
    abrupt: false,
  },
  // A sign-out while the acceptance of a CONNECT is on its way, with an app that calls connect() at once.
  {
    setting: { ...setting, transport: 'polling', sockets: 1, eager: true },
    steps: [{ do: 'cut' }, { do: 'emit', socket: 0, count: 1 }, { do: 'sign out', elsewhere: false, amid: true }],
    abrupt: false,
  },
  // A sign-out while a socket waits because connect() was called sooner than the back-off allows.
  {
    setting: { ...setting, transport: 'websocket', eager: true, check: 300 },
    steps: [
      { do: 'disconnect', socket: 1 },
      { do: 'refuse', verdict: 'token_invalid', times: 2 },
      { do: 'offline' },
      { do: 'online' },
      { do: 'cut', amid: true },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'sign out', elsewhere: false },
      { do: 'hang up' },
    ],
    abrupt: false,
  },
  // What the page emits right before signOut(), which the server ignores as it does before disconnect() with `io`.
  {
    setting: { ...setting, transport: 'polling', sockets: 1 },
    steps: [
      { do: 'connect', socket: 0 },
      { do: 'emit', socket: 0, count: 2, turns: 0 },
      { do: 'sign out', elsewhere: false },
    ],
    abrupt: false,
  },
  // What is written into a closed socket while nobody is signed in, and that socket closed once more.
  {
    setting: { ...setting, transport: 'websocket', sockets: 1 },
    steps: [
      { do: 'disconnect', socket: 0 },
      { do: 'sign out', elsewhere: false },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'sign in', user: 'alice' },
      { do: 'expire' },
      { do: 'disconnect', socket: 0 },
    ],
    abrupt: false,
  },
  // A connection that the server has closed, and that breaks before the client has asked for the last time.
  {
    setting: { ...setting, transport: 'polling', sockets: 1 },
    steps: [
      { do: 'news', socket: 0 },
      { do: 'refuse', verdict: 'token_invalid', times: 1 },
      { do: 'cut' },
      { do: 'news', socket: 0 },
      { do: 'pass', seconds: 5 },
      { do: 'sleep', seconds: 700, turns: 0 },
      { do: 'offline', amid: true },
      { do: 'online' },
    ],
    abrupt: false,
  },
  // A message on a connection that a sign-out ends, and that waits for the end of its upgrade.
  {
    setting: { ...setting, retries: true, sockets: 1 },
    steps: [
      { do: 'connect', socket: 0 },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'sign out', elsewhere: false },
      { do: 'emit', socket: 0, count: 1 },
    ],
    abrupt: false,
  },
  // Two disconnects and a connect before the CONNECT is answered, which could then be sent twice on one transport.
  {
    setting: { ...setting, linked: false, check: 300 },
    steps: [
      { do: 'renew' },
      { do: 'disconnect', socket: 0 },
      { do: 'disconnect', socket: 0 },
      { do: 'sign in', user: 'bob' },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'sign in', user: 'alice' },
      { do: 'connect', socket: 0 },
    ],
    abrupt: false,
  },
  // An event on its way to a namespace that the server has just ended, for which Socket.IO closes the transport.
  {
    setting: { ...setting, transport: 'websocket', linked: false },
    steps: [
      { do: 'cut' },
      { do: 'disconnect', socket: 1 },
      { do: 'sign in', user: 'bob' },
      { do: 'emit', socket: 1, count: 1 },
      { do: 'sign in', user: 'alice' },
      { do: 'connect', socket: 1 },
      { do: 'emit', socket: 0, count: 1 },
      { do: 'kick', socket: 0, amid: true },
      { do: 'cut' },
    ],
    abrupt: false,
  },
  // A later namespace of a Manager that was made while nobody was signed in, by an app that copies its options.
  {
    setting: { ...setting, transport: 'websocket' },
    steps: [
      { do: 'sign in', user: 'bob' },
      { do: 'sign out', elsewhere: false },
      { do: 'connect', socket: 0 },
      { do: 'disconnect', socket: 1 },
      { do: 'sign in', user: 'bob' },
      { do: 'emit', socket: 1, count: 1 },
      { do: 'sign in', user: 'alice' },
      { do: 'connect', socket: 1 },
      { do: 'connect', socket: 0 },
    ],
    abrupt: false,
  },
]
