import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/**
 * Writes a file in one step: whoever reads it meanwhile gets the old one or the new one, whole. Vite reads an env file as soon
 * as it changes, and not again.
 *
 * @param mode - its permissions. Default: those that it has, or that new files get
 */
export async function replaceFile(path: string, text: string, mode?: number): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const permissions = mode ?? (await stat(target).catch(() => undefined))?.mode
  const next = `${target}.${process.pid}`
  try {
    await writeFile(next, text, mode === undefined ? {} : { mode })
    if (permissions !== undefined) await chmod(next, permissions)
    await rename(next, target)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
}
