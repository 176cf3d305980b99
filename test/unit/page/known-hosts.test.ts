import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { knownHosts } from '../../../src/page/known-hosts.js'

/** The list that teams-js checks the origin of every message against, as the package ships it. */
function hostsOfTeamsJs(): string[] {
  const root = join(dirname(createRequire(import.meta.url).resolve('@microsoft/teams-js')), '..')
  const file = join(root, 'esm/packages/teams-js/src/artifactsForCDN/validDomains.json.js')
  const list = /\[[^\]]*\]/.exec(readFileSync(file, 'utf8'))?.[0]
  return JSON.parse(list ?? 'null') as string[]
}

/** Rings in which Microsoft tests its own clients: nobody else's page is framed there. */
const testRings =
  /^local\.|^devspaces\.|-sdf|sdf\.|\bsdf|officeppe|-ppe\.|\bint\b|-int\b|staging|canary|ignite|ring0|\.dev\.|^www\.ohome\./

it('knows the hosts that teams-js trusts, each once, and leaves out nothing but test rings', () => {
  const all = hostsOfTeamsJs()
  expect(all.length).toBeGreaterThan(60)
  expect([...knownHosts].sort()).toEqual(all.filter((host) => knownHosts.includes(host)).sort())
  expect(all.filter((host) => !knownHosts.includes(host) && !testRings.test(host))).toEqual([])
})

it.each([
  'teams.microsoft.com',
  '*.cloud.microsoft',
  'teams.live.com',
  'outlook.office.com',
  'outlook.office365.com',
  'outlook.live.com',
  'www.office.com',
  'www.microsoft365.com',
  'copilot.microsoft.com',
  'teams.microsoft.us',
  'gov.teams.microsoft.us',
  'dod.teams.microsoft.us',
  'outlook.office365.us',
  'www.office365.us',
  'webmail.apps.mil',
  'portal.apps.mil',
])('knows %s, where customers work', (host) => {
  expect(knownHosts).toContain(host)
})

it('has no entry that could stand for a whole top-level domain', () => {
  expect(knownHosts.filter((host) => !/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/.test(host))).toEqual([])
})
