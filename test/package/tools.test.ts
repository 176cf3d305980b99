// Projects with the tools of some years ago, as their own wizards set them up.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Packed, pack, root, run } from './packed.js'
import { readmeBlock } from './readme.js'

let packed: Packed
beforeAll(async () => {
  packed = await pack()
})
afterAll(() => packed?.remove())

const typescript54 = join(root, 'node_modules/typescript-5.4/bin/tsc')

test.each([
  ['node', 'esnext', 'module'],
  ['bundler', 'esnext', 'module'],
  ['node16', 'node16', 'module'],
  ['node16', 'node16', 'commonjs'],
])(
  'compiles under TypeScript 5.4 with ES2020 and the DOM alone: %s, %s, %s',
  async (moduleResolution, module, type) => {
    const folder = [moduleResolution, type].join('-')
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2020',
      lib: ['ES2020', 'DOM'],
      types: [],
      module,
      moduleResolution,
    }
    const withNode = {
      ...compilerOptions,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      skipLibCheck: true,
    }
    await packed.write({
      [`${folder}/package.json`]: JSON.stringify({ private: true, type }),
      [`${folder}/web.ts`]: usesTypes,
      [`${folder}/node.ts`]: `import { createVerifier } from 'twodoor/server'
import { startEntraEmulator } from 'twodoor/testing/node'
export const verify = async () => createVerifier((await startEntraEmulator()).verifierOptions())
`,
      [`${folder}/tsconfig.json`]: JSON.stringify({ compilerOptions, files: ['web.ts'] }),
      [`${folder}/tsconfig.node.json`]: JSON.stringify({ compilerOptions: withNode, files: ['node.ts'] }),
    })
    await run(packed.project, process.execPath, typescript54, '-p', `${folder}/tsconfig.json`)
    await run(packed.project, process.execPath, typescript54, '-p', `${folder}/tsconfig.node.json`)
  },
)

const usesTypes = `import { type Auth, type AuthState, createAuth, isAuthError, withSocketAuth } from 'twodoor'
import { createTestAuth, testAccount } from 'twodoor/testing'
export const auth: Auth = createAuth({ clientId: 'a', tenant: 'b', scopes: ['c'], loginHint: undefined })
export const until: Promise<number> = auth.getToken().then((token) => token.expiresOnTimestamp)
export const name = (state: AuthState) => (state.status === 'signed-in' ? state.account.name : undefined)
export const why = (error: unknown): unknown => (isAuthError(error, 'offline') ? error.cause : undefined)
export const tests: Auth[] = [createTestAuth('signed-in'), createTestAuth({ status: 'signed-in', account: testAccount })]
export { withSocketAuth }
// @ts-expect-error The types are really there: this option is not.
createAuth({ clientId: 'a', tenant: 'b', scopes: ['c'], secret: 'd' })
`

test('compiles in a React app under TypeScript 5.4: a click signs in', async () => {
  await packed.link('@types/react')
  const compilerOptions = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    target: 'es2020',
    lib: ['ES2020', 'DOM'],
    types: [],
    module: 'esnext',
    moduleResolution: 'node',
    jsx: 'react-jsx',
  }
  await packed.write({
    'react/app.tsx': `import { useSyncExternalStore } from 'react'
import type { Auth } from 'twodoor'
export function App({ auth }: { auth: Auth }) {
  const state = useSyncExternalStore(auth.subscribe, () => auth.state, () => auth.state)
  if (state.status === 'signed-in') return <button onClick={() => auth.signOut()}>{state.account.name}</button>
  return <button onClick={auth.signIn}>Sign in</button>
}
`,
    'react/tsconfig.json': JSON.stringify({ compilerOptions, files: ['app.tsx'] }),
  })
  await run(packed.project, process.execPath, typescript54, '-p', 'react/tsconfig.json')
})

test('runs the test of an app with Jest 29 and jsdom, by their defaults', async () => {
  await packed.link('jest-environment-jsdom')
  await packed.write({
    'jest/package.json': JSON.stringify({ private: true, jest: { testEnvironment: 'jsdom', transform } }),
    // What ts-jest and Babel do with it: `import` becomes `require`.
    'jest/typescript.cjs': `const { transpileModule } = require(${JSON.stringify(join(root, 'node_modules/typescript-5.4'))})
const compilerOptions = { module: 'commonjs', target: 'es2020', esModuleInterop: true }
exports.process = (text) => ({ code: transpileModule(text, { compilerOptions }).outputText })
`,
    'jest/greeting.ts': `import { type Auth, isAuthError } from 'twodoor'
export function greet(auth: Auth, element: Element) {
  const show = () => {
    const { state } = auth
    element.textContent = state.status === 'signed-in' ? \`Hello \${state.account.name}\` : 'Sign in'
  }
  show()
  return auth.subscribe(show)
}
export const isOffline = (error: unknown) => isAuthError(error, 'offline')
`,
    'jest/greeting.test.ts': jestTest(await readmeBlock('createTestAuth')),
  })
  const output = await run(
    join(packed.project, 'jest'),
    process.execPath,
    join(root, 'node_modules/jest/bin/jest.js'),
    '--ci',
  )
  expect(output).toBe('')
})

const transform = { '\\.ts$': '<rootDir>/typescript.cjs' }

/** The README's own lines, and what an app would check with them. */
function jestTest(readme: string): string {
  return `import { createAuth } from 'twodoor'
import { greet, isOffline } from './greeting'
${readme}
test('follows the state', async () => {
  const element = document.createElement('p')
  greet(auth, element)
  expect(element.textContent).toBe('Sign in')
  auth.set('signed-in')
  expect(element.textContent).toBe('Hello Adele Vance')
  auth.set('signed-out')
  await expect(auth.getToken()).rejects.toMatchObject({ code: 'sign_in_required' })
  auth.set('failed')
  expect(isOffline(auth.state.status === 'failed' && auth.state.error)).toBe(false)
})
test('gives a token', async () => {
  expect((await createTestAuth('signed-in').getToken()).token.split('.')).toHaveLength(3)
})
test('loads the rest of twodoor too', () => {
  const real = createAuth({ clientId: '11111111-2222-3333-4444-555555555555', tenant: 'common', scopes: ['User.Read'] })
  expect(real.state.status).toBe('starting')
  real.dispose()
  expect(() => createAuth({ clientId: 'x', tenant: 'y', scopes: ['z'] })).toThrow('clientId')
})
`
}
