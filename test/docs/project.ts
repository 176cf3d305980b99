// The code of the documents as files of a project of its own, which finds the libraries of this repository.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { entriesAsBuilt } from './as-built.js'
import { blocksOf, type CodeBlock, root, textOf } from './pages.js'

export interface DocsProject {
  readonly folder: string
  /** The file that holds the one block of a page with this text in it. */
  fileWith(page: string, part: string): string
  remove(): void
}

const REFERENCE = 'docs/reference/'
const COMPILED = ['ts', 'tsx', 'js', 'jsx']
const EXTENSIONS: Readonly<Record<string, string>> = { js: 'ts', jsx: 'tsx' }

/** A library that the documents name, and that this repository has under another name. */
const ALIASES: Readonly<Record<string, string>> = { '@azure/msal-react': 'msal-react-5' }

export function writeProject(pages: readonly string[]): DocsProject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'twodoor-docs-')))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const files = pages.flatMap((page) => blocksOf(page, ...COMPILED)).map((block) => ({ block, path: pathOf(block) }))
  for (const { block, path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const code = block.page.startsWith(REFERENCE) ? exampleModule(block) : `${block.code}export {}`
    // So that a mistake is told with the line of the page.
    writeFileSync(join(folder, path), `${'\n'.repeat(block.line - 1)}${code}\n`)
  }
  const settings = {
    compilerOptions: compilerOptions(),
    files: [join(root, 'test/docs/given.d.ts'), ...files.map(({ path }) => path)],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  return {
    folder,
    fileWith(page, part) {
      const found = files.filter(({ block }) => block.page === page && block.code.includes(part))
      const [file] = found
      if (!file || found.length > 1) throw new Error(`${found.length} blocks of ${page} have ${part} in them.`)
      return join(folder, file.path)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A block that begins with the name of a file is that file: others of the page import it. */
function pathOf({ page, language, code, line }: CodeBlock): string {
  const [, name] = code.match(/^\/\/ ([\w-]+(?:\.[\w-]+)*\.tsx?)\n/) ?? []
  return join(page, name ?? `line-${line}.${EXTENSIONS[language] ?? language}`)
}

/** What examples of the reference take for given: they are parts of a function, and import nothing. */
const GIVEN_IN_EXAMPLES = `
  declare const auth: import('twodoor').Auth
  declare const verifier: import('twodoor/server').Verifier
  declare const identity: import('twodoor/server').Identity
  declare const token: string
  declare const tenants: string[]
  declare const hint: HTMLElement
  declare const link: HTMLAnchorElement
  declare const button: HTMLButtonElement
  declare function render(element: import('react').ReactNode): void
  type Incoming = import('socket.io').DefaultEventsMap
  type Outgoing = Incoming
  type BetweenServers = Incoming`

function exampleModule({ page, code }: CodeBlock): string {
  const entry = page.slice(REFERENCE.length, -'.md'.length).replaceAll('-', '/')
  const exported = [...textOf(page).matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
  const imports = [`import { ${exported.join(', ')} } from '${entry}'`, `import { io } from 'socket.io-client'`]
  const given = [...imports, ...GIVEN_IN_EXAMPLES.trim().split('\n')].join('; ')
  return `${given}; async function example() { ${code}}`
}

function compilerOptions(): object {
  const own = entriesAsBuilt().map(({ name, types }) => [name, [types]])
  const aliases = Object.entries(ALIASES).map(([name, installed]) => [name, [join(root, 'node_modules', installed)]])
  return {
    strict: true,
    noImplicitAny: false, // much of it is JavaScript, as far as its readers see
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths: Object.fromEntries([...own, ...aliases]),
  }
}
