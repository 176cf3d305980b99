// @vitest-environment node
// The cases of test/conformance/tokens.json, which the Python half is held to as well.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Caller, createVerifier, TokenRefusedError } from '../../../src/server/index.js'
import { tokenFile } from '../../conformance/token-file.js'
import { tokenFile as generated } from '../../conformance/tokens/index.js'
import type { Details, KeyAnswer, NumberedCase } from '../../conformance/tokens/token-case.js'
import { verifyFor } from './half.js'

const FILE = 'test/conformance/tokens.json'

/** What comes of a case, and which addresses were asked for keys. */
async function run(each: NumberedCase): Promise<{ answer: string; details: Details | undefined; asked: string[] }> {
  const asked: string[] = []
  const fetch = async (url: unknown, init?: RequestInit) => {
    asked.push(String(url))
    return respond(each.keys ?? tokenFile.keys, init)
  }
  const verifier = createVerifier({ ...tokenFile.verifier, ...each.verifier, fetch, onRefused: () => {} })
  const caller = await verifyFor(each, verifier).catch(codeOf)
  const details = typeof caller === 'string' ? undefined : detailsOf(caller)
  return { answer: typeof caller === 'string' ? caller : `accepted ${nameOf(caller)}`, details, asked }
}

function nameOf(caller: Caller): string {
  return caller.kind === 'app' ? `app:${caller.tenantId}:${caller.appId}` : caller.key
}

function detailsOf(caller: Caller): Details {
  if (caller.kind === 'app') return { roles: caller.roles }
  const { scopes = [], roles = [], groups = null, groupsOverage = false, username = null } = caller
  return { scopes, roles, groups, groupsOverage, username }
}

/** As `fetch` would: at the other address are keys that would do. */
function respond({ status, body, location }: KeyAnswer, init?: RequestInit): Response {
  if (location === undefined) return new Response(status === 204 ? null : body, { status })
  if (init?.redirect === 'error') throw new TypeError('It was redirected.')
  return init?.redirect === 'manual' ? new Response(null, { status }) : new Response(tokenFile.keys.body)
}

function codeOf(error: unknown): string {
  if (!(error instanceof TokenRefusedError)) throw error
  return error.code
}

describe('a token', () => {
  it.each(tokenFile.cases.map((each) => [each.number, each.sentence, each] as const))('%s: %s', async (...row) => {
    const [, , each] = row
    const { answer, details, asked } = await run(each)
    const accepted = `accepted ${each.identity ?? tokenFile.identity}`
    expect(answer).toBe(each.expected === 'accepted' ? accepted : each.expected)
    if (each.details) expect(details).toMatchObject(each.details)
    const authority = each.verifier?.authority ?? 'https://login.microsoftonline.com'
    for (const url of asked)
      expect(url).toMatch(new RegExp(`^${authority}/([a-f\\d-]+|organizations)/discovery/v2.0/keys$`))
  })
})

describe('the file of the cases', () => {
  it('is what the cases generate', () => {
    expect(readFileSync(FILE, 'utf8'), 'npm run conformance -- --update writes it').toBe(generated())
  })

  it('has 150 cases and more, each with a number and a sentence of its own', () => {
    const { cases } = tokenFile
    expect(cases.length).toBeGreaterThanOrEqual(150)
    for (const name of ['number', 'sentence'] as const)
      expect(new Set(cases.map((each) => each[name])).size).toBe(cases.length)
  })
})
