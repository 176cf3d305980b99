// A comment in the form of TSDoc, as Markdown.

import {
  DocCodeSpan,
  DocErrorText,
  DocEscapedText,
  DocFencedCode,
  DocLinkTag,
  type DocNode,
  DocParagraph,
  DocPlainText,
  DocSoftBreak,
} from '@microsoft/tsdoc'

/** @param link - writes the name of something that is exported */
export function markdownOf(node: DocNode, link: (name: string) => string): string {
  if (node instanceof DocPlainText) return node.text
  if (node instanceof DocErrorText) return node.text
  if (node instanceof DocCodeSpan) return `\`${node.code}\``
  if (node instanceof DocEscapedText) return node.decodedText
  if (node instanceof DocSoftBreak) return '\n'
  if (node instanceof DocFencedCode) return `\n\`\`\`${node.language}\n${node.code}\`\`\`\n`
  if (node instanceof DocLinkTag) return linkOf(node, link)
  const inside = node.getChildNodes().map((child) => markdownOf(child, link))
  return node instanceof DocParagraph ? `\n${inside.join('').trim()}\n` : inside.join('').trim()
}

function linkOf(tag: DocLinkTag, link: (name: string) => string): string {
  const references = tag.codeDestination?.memberReferences ?? []
  const name = references.map(({ memberIdentifier }) => memberIdentifier?.identifier ?? '').join('.')
  return name ? link(name) : `[${tag.linkText ?? tag.urlDestination}](${tag.urlDestination})`
}
