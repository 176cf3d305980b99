import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('./pages/', import.meta.url))
const publicDir = fileURLToPath(new URL('../pages/public/', import.meta.url))

/** Bundles the pages of this demo into a folder of their own below the system's temporary one. */
export async function bundlePages(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'twodoor-demo-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const input = ['index', 'teams'].map((name) => join(root, `${name}.html`))
  try {
    await build({
      ...{ root, publicDir },
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: false, modulePreload: { polyfill: false }, rolldownOptions: { input } },
    })
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
