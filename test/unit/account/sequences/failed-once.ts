// What has failed once always runs, as the shortest sequence that it failed with.

import type { Sequence, Setting } from './sequence.js'

const setting: Setting = {
  door: 'local',
  tabs: 1,
  copies: 1,
  locks: true,
  lag: 0,
  autoSignIn: 'never',
  user: 'alice',
  lifetime: 400,
  seed: 0,
}

export const failedSequences: readonly Sequence[] = [
  // A switch of account by somebody who takes no turns, while a call of this tab is under way.
  {
    setting: { ...setting, locks: false },
    steps: [
      { do: 'source', mood: 'slow' },
      { do: 'sign in', tab: 0, user: 'bob', outcome: 'done' },
      { do: 'open', beside: undefined },
      { do: 'open', beside: undefined },
      { do: 'call', tab: 2, kind: 'claims', count: 1 },
    ],
    abrupt: false,
  },
  // A change that a call for other scopes is the first to see.
  {
    setting,
    steps: [{ do: 'storage', how: 'cleared' }, { do: 'call', tab: 0, kind: 'graph', count: 1 }, { do: 'offline' }],
    abrupt: false,
  },
  // Another app that signs in while MSAL reads what is stored.
  {
    setting: { ...setting, user: undefined },
    steps: [
      { do: 'other app', user: 'alice', turns: 2 },
      { do: 'reload', tab: 0 },
      { do: 'pass', seconds: 1 },
    ],
    abrupt: false,
  },
  // A look at the account and a renewal at the same time, in storage of the tab's own.
  {
    setting: { ...setting, door: 'session' },
    steps: [
      { do: 'open', beside: 0 },
      { do: 'remake', tab: 0 },
      { do: 'sleep', seconds: 90_000 },
      { do: 'sleep', seconds: 90_000 },
      { do: 'reload', tab: 0 },
    ],
    abrupt: false,
  },
  // A look at the account while an answer with claims is on its way.
  {
    setting: { ...setting, tabs: 2 },
    steps: [
      { do: 'source', mood: 'slow' },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
      { do: 'other app', user: undefined },
      { do: 'call', tab: 0, kind: 'claims', count: 1 },
      { do: 'wake', tab: 0 },
    ],
    abrupt: false,
  },
  // dispose() while MSAL's client opens for a sign-in.
  {
    setting,
    steps: [
      { do: 'sign out', tab: 0, entra: false },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done', turns: 0 },
    ],
    abrupt: true,
  },
  // dispose() in the pause before the host is asked again.
  { setting: { ...setting, door: 'teams', seed: 969_898_941 }, steps: [{ do: 'offline' }], abrupt: true },
  // dispose() before MSAL is told to store less.
  {
    setting,
    steps: [
      { do: 'storage', how: 'full' },
      { do: 'call', tab: 0, kind: 'graph', count: 1, turns: 0 },
    ],
    abrupt: true,
  },
  // Storage that is blocked while the page is being left, and while it is there.
  {
    setting,
    steps: [
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done', turns: 0 },
      { do: 'call', tab: 0, kind: 'token', count: 1, turns: 3 },
      { do: 'storage', how: 'blocked' },
      { do: 'clock', seconds: 600 },
    ],
    abrupt: false,
  },
  {
    setting,
    steps: [
      { do: 'storage', how: 'blocked' },
      { do: 'wake', tab: 0 },
    ],
    abrupt: false,
  },
  // A refused token that is over, while a renewal backs off.
  {
    setting: { ...setting, lifetime: 700 },
    steps: [
      { do: 'source', mood: 'hangs' },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'age', part: 1.05 },
      { do: 'call', tab: 0, kind: 'rejected', count: 1 },
      { do: 'online' },
    ],
    abrupt: false,
  },
  // A renewal that a sign-in has overruled, and that fails when the token of the sign-in is over as well.
  {
    setting: { ...setting, door: 'teams' },
    steps: [
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'age', part: 0.5 },
    ],
    abrupt: false,
  },
  // A sign-in in one tab while another one, in which nobody was signed in, signs out once more.
  {
    setting: { ...setting, door: 'teams' },
    steps: [
      { do: 'open', beside: undefined },
      { do: 'sign in', tab: 0, user: 'bob', outcome: 'done', turns: 5 },
      { do: 'sign out', tab: 0, entra: false },
      { do: 'pass', seconds: 1 },
      { do: 'sign in', tab: 1, user: 'alice', outcome: 'done', turns: 0 },
      { do: 'sign out', tab: 0, entra: false },
      { do: 'age', part: 0.5 },
    ],
    abrupt: false,
  },
  // A sign-out in another tab, while a look at the account waits for its turn.
  {
    setting: { ...setting, tabs: 3 },
    steps: [
      { do: 'call', tab: 0, kind: 'claims', count: 1 },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'sign out', tab: 0, entra: false },
      { do: 'pass', seconds: 1 },
    ],
    abrupt: false,
  },
  // A page that comes back with a response, and waits for its turn when it is disposed of.
  {
    setting: { ...setting, tabs: 2, autoSignIn: 'silent', user: undefined },
    steps: [
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done', turns: 0 },
      { do: 'source', mood: 'fickle' },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
    ],
    abrupt: true,
  },
  {
    setting: { ...setting, tabs: 2, autoSignIn: 'silent' },
    steps: [
      { do: 'source', mood: 'slow' },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
      { do: 'storage', how: 'cleared' },
      { do: 'reload', tab: 0 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
    ],
    abrupt: true,
  },
  // Late answers of a host, and a renewal that was begun after all of them.
  {
    setting: { ...setting, door: 'teams' },
    steps: [
      { do: 'pass', seconds: 1 },
      { do: 'source', mood: 'hangs' },
      { do: 'age', part: 0.5 },
      { do: 'age', part: 0.5 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
    ],
    abrupt: false,
  },
  // An answer with claims that comes after a sign-in, which began later.
  {
    setting: { ...setting, door: 'teams', tabs: 2 },
    steps: [
      { do: 'sleep', seconds: 20 },
      { do: 'offline' },
      { do: 'call', tab: 1, kind: 'claims', count: 1 },
      { do: 'sign in', tab: 1, user: 'alice', outcome: 'done' },
    ],
    abrupt: false,
  },
  // A clock that jumps while an answer is on its way, and a newer token has come meanwhile.
  {
    setting: { ...setting, door: 'teams' },
    steps: [
      { do: 'age', part: 0.5 },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'source', mood: 'well' },
      { do: 'call', tab: 0, kind: 'claims', count: 1 },
      { do: 'clock', seconds: 600 },
    ],
    abrupt: false,
  },
  // A token with claims, which is kept although a newer one without them has been given out.
  {
    setting: { ...setting, door: 'teams' },
    steps: [
      { do: 'offline' },
      { do: 'api', verdict: 'slow', turns: 1 },
      { do: 'call', tab: 0, kind: 'fetch', count: 1, turns: 2 },
      { do: 'api', verdict: 'revoke', turns: 0 },
      { do: 'sign in', tab: 1, user: 'bob', outcome: 'done' },
      { do: 'pass', seconds: 5 },
      { do: 'call', tab: 0, kind: 'claims', count: 1 },
      { do: 'online', turns: 0 },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'sign in', tab: 0, user: 'bob', outcome: 'done' },
    ],
    abrupt: false,
  },
  // A tab that hears of a sign-out while another one is storing the next sign-in.
  {
    setting: { ...setting, tabs: 3, lag: 30, user: undefined },
    steps: [
      { do: 'sign out', tab: 0, entra: false },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done' },
    ],
    abrupt: false,
  },
  // The same, where another app that takes no turns signs somebody in.
  {
    setting: { ...setting, tabs: 3, lag: 5 },
    steps: [
      { do: 'age', part: 0.5 },
      { do: 'sign out', tab: 0, entra: true, turns: 1 },
      { do: 'other app', user: 'bob' },
      { do: 'wake', tab: 0 },
    ],
    abrupt: false,
  },
  // Two tabs that give up waiting for their turn within the time that one needs to see what the other has stored.
  {
    setting: { ...setting, tabs: 3, lag: 30, seed: 1_801_764_703 },
    steps: [
      { do: 'sleep', seconds: 20 },
      { do: 'source', mood: 'hangs' },
      { do: 'age', part: 0.96 },
      { do: 'pass', seconds: 1 },
    ],
    abrupt: false,
  },
  // A turn that was taken away is not kept for what this tab has stored, nor gone on with.
  {
    setting: { ...setting, tabs: 2, seed: 754_299_596 },
    steps: [
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'denied' },
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done', turns: 0 },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'age', part: 0.5 },
      { do: 'sleep', seconds: 20 },
    ],
    abrupt: false,
  },
  // A turn that another call of the same tab goes on with has moved.
  {
    setting: { ...setting, tabs: 3, seed: 10_527 },
    steps: [
      { do: 'sign in', tab: 0, user: 'alice', outcome: 'done', turns: 0 },
      { do: 'source', mood: 'slow' },
      { do: 'sleep', seconds: 90_000, turns: 1 },
      { do: 'call', tab: 0, kind: 'token', count: 1 },
      { do: 'pass', seconds: 20 },
      { do: 'reload', tab: 0 },
    ],
    abrupt: false,
  },
  // A sign-in that the user came back from hides nothing that a sign-out in another tab has left in this one.
  {
    setting: { ...setting, door: 'session', tabs: 2 },
    steps: [
      { do: 'sign in', tab: 1, user: 'alice', outcome: 'back' },
      { do: 'remake', tab: 1 },
      { do: 'dispose', tab: 2 },
      { do: 'source', mood: 'well' },
      { do: 'call', tab: 2, kind: 'claims', count: 1, turns: 0 },
      { do: 'sign out', tab: 3, entra: false },
      { do: 'pass', seconds: 1 },
      { do: 'reload', tab: 1 },
      { do: 'wake', tab: 0 },
    ],
    abrupt: false,
  },
  // A look whose answer came too late to count has found out all the same that nobody is there.
  {
    setting: { ...setting, tabs: 2, locks: false, seed: 2_008_939_492 },
    steps: [
      { do: 'source', mood: 'broken' },
      { do: 'sleep', seconds: 90_000, turns: 0 },
      { do: 'storage', how: 'full' },
      { do: 'source', mood: 'fickle' },
      { do: 'sign out', tab: 0, entra: false },
    ],
    abrupt: false,
  },
]
