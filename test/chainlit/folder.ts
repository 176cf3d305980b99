// The folder of an app, as `chainlit run` wants it.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, generatedConfig, withValues } from './config.js'

/**
 * `stock`: both callbacks as people write them, without twodoor. `twodoor`: with the package. Both have the
 * conversation and the threads of apps/parts. `story`: the same with threads in SQLite, by Chainlit's own data layer. `graph`: asks
 * Microsoft Graph on behalf of its users. `demo`: demo/chainlit as it is.
 */
export type App = 'stock' | 'twodoor' | 'story' | 'graph' | 'demo'

export interface FolderOptions {
  readonly app: App
  /** The Python whose Chainlit generates the configuration. */
  readonly python: string
  /** Further files, by their paths in the folder. */
  readonly files: Readonly<Record<string, string>>
}

export interface AppFolder {
  readonly path: string
  /** What the next start finds: what Chainlit generates, with these changes. */
  configure(config: Config): Promise<void>
  remove(): Promise<void>
}

const APPS = fileURLToPath(new URL('./apps', import.meta.url))
const DEMO = fileURLToPath(new URL('../../demo/chainlit', import.meta.url))

export async function makeFolder(options: FolderOptions): Promise<AppFolder> {
  const path = await mkdtemp(join(tmpdir(), 'twodoor-chainlit-'))
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 })
  await fill(path, options).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    path,
    remove,
    async configure(config) {
      const text = withValues(await generatedConfig(options.python), config)
      await write(join(path, '.chainlit', 'config.toml'), text)
    },
  }
}

async function fill(path: string, { app, files }: FolderOptions): Promise<void> {
  if (app === 'demo') await cp(join(DEMO, 'app.py'), join(path, 'app.py'))
  else for (const name of ['parts', app]) await cp(join(APPS, name), path, { recursive: true })
  if (app === 'story') await cp(join(DEMO, 'sqlite_threads.py'), join(path, 'sqlite_threads.py'))
  for (const [name, text] of Object.entries(files)) await write(join(path, name), text)
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
