// docs/conformance.md: the numbered list, made of the cases.

import { groups, numbered } from './tokens/index.js'
import { wireCases, wireGroups } from './wire/run.js'

const INTRODUCTION = `# Conformance

What a server has to do that takes part: each sentence is a case that runs. Both halves of twodoor are held to them,
TypeScript and Python. Generated from \`test/conformance\`: \`npm run conformance -- --update\` writes this page.

A number stays with its case. New cases come at the end of their group, and new groups at the end of the list.`

const ABOUT_TOKENS = `## Tokens

All are in [tokens.json](../test/conformance/tokens.json), which any language can read. A case has a token, and what comes
of it: \`accepted\`, with the user that it speaks of, or the code of the refusal.

- \`caller\` says that an app on its own may be the caller as well. Everywhere else a user is asked for.
- \`details\` has what is known of the user. What is \`null\` there is not known.
- \`verifier\` says how the verifier is set, and \`keys\` what the authority answers when it is asked for keys. Where a case
  has none, those at the top of the file count. Each case has a verifier of its own.
- \`token.finished\` is the token. It can be anything that JSON has.
- \`token.recipe\` says how to make it when the case runs, since its times count from then. In \`header\` and \`claims\`, which
  are the very texts to encode, \`"<now+60>"\` with its quotes stands for the number of seconds since 1970 in a minute, and
  \`<x*60>\` for 60 times x. It is signed with RS256 and the key of that name in
  [keys.json](../test/conformance/keys.json).
- Keys are asked for at the authority, and nowhere else.

Those that read it: \`test/unit/conformance/tokens.test.ts\` and \`test/conformance/python/test_tokens.py\`.`

const ABOUT_WIRE = `## On the wire

The sentences of [the socket protocol](socket-protocol.md) and of session cookies, with fetch, a raw WebSocket and no client
library. They run against anybody's server:

\`\`\`sh
npm run conformance -- http://localhost:3000/socket.io/ --session http://localhost:3000/session --tokens tokens.json
\`\`\`

| option | |
|---|---|
| \`<url>\` | of the Socket.IO server, with its path |
| \`--session <url>\` | where a session begins. Default: those cases are skipped |
| \`--request <url>\` | what answers a GET with a Bearer token by JSON with the \`key\` of its user. Default: the same |
| \`--namespace <name>\` | what the names begin with that the server makes namespaces for when somebody asks: \`/room-\`. Default: the same |
| \`--tokens <file>\` | a JSON file with the tokens by name |
| \`--mint <url>\` | in place of the file: \`GET <url>?token=<name>\` answers with the token as text. \`mint()\` of the Entra emulator (\`twodoor/testing\`) makes all of them |
| \`--transport <name>\` | \`websocket\` (default) or \`polling\` |
| \`--parser <name>\` | \`default\`, or \`msgpack\` where the server has \`socket.io-msgpack-parser\` |

The tokens are \`good\` (lasts ten minutes and more), \`later\` (of the same user, lasts longer), \`other\` (of another user),
\`expired\` (its end is two minutes ago and more, and the grace is over), \`foreign\` (of another tenant, or for another API)
and \`short\` (ends within 20 s, with the grace). A case whose token is not there is skipped, and says so. \`short\` is used
several times, so it needs \`--mint\`.

The exit code is 0 if no case has failed, 1 if one has, and 2 if they could not be run.`

/** The text of docs/conformance.md. */
export function conformanceDocument(): string {
  const tokenGroups = groups.map((group, index) => {
    const lines = numbered(group, index).map((each) => `- **${each.number}** ${each.expected}: ${each.sentence}`)
    return [`### ${group.title}`, '', ...lines].join('\n')
  })
  const onWire = wireGroups.map(({ title }, index) => {
    const cases = wireCases.filter(({ number }) => number.startsWith(`W${index + 1}-`))
    return [`### ${title}`, '', ...cases.map((each) => `- **${each.number}** ${each.sentence}${needsOf(each)}`)].join(
      '\n',
    )
  })
  return `${[INTRODUCTION, ABOUT_WIRE, ...onWire, ABOUT_TOKENS, ...tokenGroups].join('\n\n')}\n`
}

function needsOf({ needs }: { readonly needs: readonly string[] }): string {
  return needs.length > 0 ? ` (${needs.join(', ')})` : ''
}
