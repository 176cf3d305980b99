// Packs what `npm publish` would send and installs it into a project of its own.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Manifest {
  readonly exports: Record<string, unknown>
  readonly peerDependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
}

export interface Packed {
  readonly tarball: string
  /** The paths inside the tarball, sorted. */
  readonly files: string[]
  readonly manifest: Manifest
  /** The project that has the package installed. */
  readonly project: string
  /** Makes packages of this repository's node_modules available to the project. */
  link(...names: string[]): Promise<void>
  /** Another project that has the package installed, beside these packages: names with their versions. */
  installInto(name: string, ...packages: string[]): Promise<string>
  /** Writes files into the project, by their path. */
  write(files: Record<string, string>): Promise<void>
  remove(): Promise<void>
}

/** Runs a program of this repository's node_modules, or Node itself. Rejects with all of its output if it fails. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  const options = { cwd, env: { ...process.env, PATH: path }, maxBuffer: 64 * 2 ** 20 }
  return promisify(execFile)(command, args, options).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${command} ${args.join(' ')}\n${error.stdout}${error.stderr}`, { cause: error })
    },
  )
}

export async function pack(): Promise<Packed> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'twodoor-package-')))
  const project = join(folder, 'project')
  const answer = await run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder)
  const [{ filename, files }] = JSON.parse(answer) as [{ filename: string; files: { path: string }[] }]
  const tarball = join(folder, filename)
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
  await mkdir(project)
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await install(project, tarball, manifest)
  return {
    tarball,
    files: files.map(({ path }) => path).sort(),
    manifest,
    project,
    link: (...names) => link(project, ...names),
    async installInto(name, ...packages) {
      const other = join(folder, name)
      await mkdir(other)
      await writeFile(join(other, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
      await run(other, 'npm', 'install', tarball, ...packages, '--no-audit', '--no-fund', '--prefer-offline')
      return other
    },
    write: (contents) => write(project, contents),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export async function link(project: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const path = join(project, 'node_modules', name)
    await mkdir(dirname(path), { recursive: true })
    await symlink(join(root, 'node_modules', name), path, 'junction')
  }
}

export async function write(project: string, contents: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
}

/** The peers are those that the other tests run with: npm has them in its cache already. */
function install(project: string, tarball: string, manifest: Manifest): Promise<string> {
  // React is linked, or comes with an app of its own: two of them do not work together.
  const names = Object.keys(manifest.peerDependencies).filter((name) => name !== 'react')
  const peers = names.map((name) => `${name}@${manifest.devDependencies[name]}`)
  return run(project, 'npm', 'install', tarball, ...peers, '--no-audit', '--no-fund', '--prefer-offline')
}
