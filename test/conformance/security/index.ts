// The numbered sentences of SECURITY.md, and what each is held by.

import { behalfLines } from './behalf-lines.js'
import { chainlitLines } from './chainlit-lines.js'
import { displayLines } from './display-lines.js'
import { accountLines, pageLines } from './page-lines.js'
import { popupLines } from './popup-lines.js'
import type { Proof, SecurityLine } from './security-line.js'
import { jarLine, serverLines } from './server-lines.js'

export const securityLines: readonly SecurityLine[] = [
  ...pageLines,
  ...serverLines,
  ...accountLines,
  ...behalfLines,
  ...popupLines,
  ...displayLines,
  ...chainlitLines,
  jarLine,
]

const START = /^- \*\*(S\d+)\*\*/
const PROOF = '  Proof: '

/** The numbers of the sentences, in their order. */
export function numbersIn(markdown: string): string[] {
  return markdown.split('\n').flatMap((text) => START.exec(text)?.[1] ?? [])
}

/** SECURITY.md, with what proves each of its sentences under it. */
export function withProofs(markdown: string): string {
  const lines = markdown.split('\n').filter((text) => !text.startsWith(PROOF) && !text.startsWith('  ['))
  let id: string | undefined
  return lines
    .flatMap((text, at) => {
      id = START.exec(text)?.[1] ?? id
      const isLast = /^(- \*\*S| {2})/.test(text) && !lines[at + 1]?.startsWith('  ')
      return isLast ? [text, ...proofsOf(id)] : [text]
    })
    .join('\n')
}

function proofsOf(id: string | undefined): string[] {
  const links = securityLines.find((each) => each.id === id)?.proofs.map(linkTo) ?? []
  return links.map((link, at) => `${at === 0 ? PROOF : '  '}${link}${at === links.length - 1 ? '.' : ','}`)
}

function linkTo({ file, title, number }: Proof): string {
  if (number !== undefined) return `[${number}](docs/conformance.md)`
  return `[${title.replace(/[[\]<>]/g, '\\$&')}](${file})`
}

/** Printed in SECURITY.md, and what the tests serve pages with. */
export function contentSecurityPolicyIn(markdown: string): string {
  const [, block] = /```http\nContent-Security-Policy:([\s\S]*?)\n```/.exec(markdown) ?? []
  if (block === undefined) throw new Error('SECURITY.md prints no Content-Security-Policy.')
  return block.replace(/\s+/g, ' ').trim()
}
