// docs/versions.md: what was tried with which versions, as it came out.

import { flows } from './flows.js'
import { msalVersions, type Pair, teamsVersions } from './pairs.js'

/** The flows that passed, by pair. */
export type Passed = ReadonlyMap<Pair, readonly string[]>

const INTRODUCTION = `# Versions

twodoor runs with \`@azure/msal-browser\` ^4.9.1 || ^5 and \`@microsoft/teams-js\` ^2.31, which are its peers. This page is written
by \`npm run versions:update\`, from a run of \`npm run test:versions\`: the library, bundled with each pair of these versions, in
Chromium, against the emulators of \`twodoor/testing\`. Every run of the tests plays the oldest and the newest pair, and compares
them with this page.`

const REMARKS = `## What differs

One file beside each library knows it (\`src/sources/msal/versions.ts\`, \`src/sources/teams/versions.ts\`); no other code asks
for a version.

- MSAL 4 is told by its configuration, not by the call, to stay on the page that takes the response; twodoor sets that for the
  time of its own call.
- MSAL 4 tells the page itself of no sign-out by somebody else: twodoor does, so that msal-react 3 follows \`auth.signOut()\`.
- MSAL 4 and 5.0 empty the fragment and \`history.state\` of the page that hands over a response; twodoor keeps both, so that a router
  hears of nothing.
- MSAL 4 says where a redirect leads to a callback of the request, MSAL 5 to one of its configuration: a pop-up gives it both.
- The list of hosts is shorter in an older teams-js, so twodoor hands over its own copy of the newest one.
- teams-js before 2.58 hears no host on http, such as the emulator of \`twodoor/testing/node\`: update it for that, or use https.
  \`auth.explain().lastError\` says so.
- A library that is older, because \`overrides\` forced npm, is refused with \`unsupported\`: the message names its version and
  the range, the remedy where to look.
- MSAL 4.9 and 4.13 do not store when somebody signed in. After \`auth.signOut()\` a sign-in by another app with the same client
  ID is not seen there before \`auth.signIn()\`; one with \`browser.client\` is.
- With MSAL 5.0.2 a switch of the account did not reach another tab within 30 s in one of five runs. What fits was mended since
  (in Chromium a message can come before what was stored ahead of it), and 20 of 20 runs on a busy machine passed.
- There is no MSAL 5.0.0 on npm, and what 5.0.1 depends on lacks files that bundlers need; 5.0.2 stands for 5.0.`

/** The text of the page. */
export function versionsDocument(passed: Passed): string {
  const head = ['', ...teamsVersions.map(({ version }) => `teams-js ${version}`)]
  const rows = msalVersions.map((msal) => [
    `MSAL ${msal.version}`,
    ...teamsVersions.map((teams) => cellOf(passed, { msal, teams })),
  ])
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  const list = Object.keys(flows).map((name) => `- ${name}`)
  return `${[INTRODUCTION, table.join('\n'), `## What is played\n\n${list.join('\n')}`, REMARKS].join('\n\n')}\n`
}

/** What the page says of one pair. */
export function cellIn(document: string, { msal, teams }: Pair): string | undefined {
  const lines = document.split('\n').filter((line) => line.startsWith('|'))
  const cells = (start: string) => lines.find((line) => line.startsWith(start))?.split(' | ')
  const column = cells('|  |')?.findIndex((cell) => cell.replace(/ \|$/, '') === `teams-js ${teams.version}`) ?? -1
  return cells(`| MSAL ${msal.version} |`)?.[column]?.replace(/ \|$/, '')
}

export function verdictOf(passed: readonly string[]): string {
  const all = Object.keys(flows)
  const others = all.filter((name) => !passed.includes(name))
  const count = `${all.length - others.length} of ${all.length}`
  return others.length === 0 ? count : `${count}, not: ${others.join('; ')}`
}

function cellOf(passed: Passed, { msal, teams }: Pair): string {
  const [, names = []] = [...passed].find(([pair]) => pair.msal === msal && pair.teams === teams) ?? []
  return verdictOf(names)
}
