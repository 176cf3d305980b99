import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const publicDir = fileURLToPath(new URL('../pages/public/', import.meta.url))

const HEAD = `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />`

/** What every page of the demos has in its head. It comes first: a browser looks for the charset near the start. */
const commonHead: Plugin = {
  name: 'common-head',
  transformIndexHtml: { order: 'pre', handler: (html) => html.replace('<head>', `<head>\n    ${HEAD}`) },
}

/** Bundles pages of a folder into a folder of their own below the system's temporary one. */
export async function bundlePages(
  root: string,
  names: readonly string[],
): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-demo-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const input = names.map((name) => join(root, `${name}.html`))
  try {
    await build({
      root,
      publicDir,
      configFile: false,
      logLevel: 'error',
      plugins: [commonHead],
      build: { outDir: folder, emptyOutDir: false, modulePreload: { polyfill: false }, rolldownOptions: { input } },
    })
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
