// docs/faults.md: the matrix as it was played.

import { type DoorName, type Result, type Row, settledClass, violationsOf } from './row.js'

type Played = ReadonlyMap<Row<never>, Result>

const INTRODUCTION = `# Faults

What goes wrong around an app, and what twodoor makes of it: real teams-js and msal-browser in Chromium, against the
emulators of \`twodoor/testing\` and, in the last part, against [oidc-provider](https://github.com/panva/node-oidc-provider), an
authority that nobody here wrote. Each row is played by \`test/e2e/faults\`; the run compares this page with what it saw.
\`npm run faults:update\` writes it anew.

- **Door**: the browser, Teams with its single sign-on, or Teams with nested app auth.
- **State**, **code**, **remedy**: what \`auth.state\` and \`auth.explain().lastError\` say while the fault lasts.
- **Requests**: those to the token endpoint, or to the host for a token, until everything had settled.
- **Call**: whether a call that met the fault was answered with 200. “–”: the row has none, or the device no network.
- **Settles**: the deadline by which every promise had settled, by the clock of the page. That clock stands still but for
  what a row lets pass, so that no figure depends on the machine.
- **Goes on**: what it takes once the fault is over.`

const NAMES: Readonly<Record<DoorName, string>> = { browser: 'browser', Teams: 'Teams', nested: 'Teams, nested' }

/** The text of the page. */
export function faultsDocument(played: Played): string {
  const groups = [...new Set([...played.keys()].map(({ group }) => group))]
  const tables = groups.map((group) => [`## ${group}`, '', ...HEADER, ...rowsOf(played, group)].join('\n'))
  return `${[INTRODUCTION, totalsOf(played), ...tables].join('\n\n')}\n`
}

const HEADER = [
  '| Fault | Door | State | Code | Requests | Call | Settles | Goes on | Remedy |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
]

function rowsOf(played: Played, group: string): string[] {
  return [...played].filter(([row]) => row.group === group).map(([row, result]) => lineOf(row, result))
}

function lineOf({ fault, door }: Row<never>, result: Result): string {
  const { state, code, remedy, requests, call, settledAfterMs, recovery } = result
  const cells = [fault, NAMES[door], state, code && `\`${code}\``, requests, callOf(call), settledClass(settledAfterMs)]
  return `| ${[...cells, recovery, plain(remedy)].map((cell) => `${cell}` || '–').join(' | ')} |`
}

function callOf(call: boolean | undefined): string {
  if (call === undefined) return '–'
  return call ? 'yes' : 'no'
}

/** IDs would hide what the sentence says, and a line is no place for a bar. */
function plain(remedy: string): string {
  return remedy.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '…').replaceAll('|', '\\|')
}

/** The sentence that the README quotes. */
export function totalsOf(played: Played): string {
  const all = [...played]
  const transient = all.filter(([row]) => row.transient)
  const withCall = transient.filter(([, { call }]) => call !== undefined)
  const kept = withCall.filter(([, { call }]) => call)
  const violated = all.filter(([row, result]) => violationsOf(row, result).length > 0)
  const broken = violated.length > 0 ? ` ${violated.length} rows break a bar.` : ''
  return `${all.length} rows: ${countOf(all, 'unsettled')} promises unsettled past their deadline, ${countOf(all, 'loops')} loops, ${countOf(all, 'token')} tokens outside of \`protectedResources\`. A call in flight succeeded in ${kept.length} of ${withCall.length} rows whose fault passes by itself.${broken}`
}

function countOf(all: readonly (readonly [Row<never>, Result])[], word: string): number {
  return all.filter(([row, result]) => violationsOf(row, result).some((each) => each.toLowerCase().includes(word)))
    .length
}
