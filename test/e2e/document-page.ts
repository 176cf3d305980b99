// A page that runs the first lines of code of a document, as they stand there.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { type AppSite, bundleEntry, html } from './doors.js'

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** @param path of the document, for example `README.md`. The page has nothing but the button that its code names. */
export async function pageOfDocument(path: string): Promise<AppSite> {
  const text = await readFile(repository(path), 'utf8')
  const code = /^```ts\n(.*?)^```/ms.exec(text)?.[1]
  if (!code) throw new Error(`${path} has no code.`)
  const script = await bundleEntry('document.ts', undefined, [documentCode(code)])
  const page = html(`<title>App</title><button id="signInButton">Sign in</button><script>${script}</script>`)
  return () => page.clone()
}

function documentCode(code: string): Plugin {
  return {
    name: 'document',
    enforce: 'pre',
    resolveId(id) {
      if (id === 'document.ts') return repository('document.ts')
      return id === 'twodoor' ? repository('src/index.ts') : null
    },
    load: (id) => (id === repository('document.ts') ? code : null),
  }
}
