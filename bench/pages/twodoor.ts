// The app with twodoor.

import { createAuth } from '../../src/index.js'
import './page.js'

const auth = createAuth(window.config.options)

async function answer(): Promise<number | undefined> {
  const { status } = await auth.ready
  if (status !== 'signed-in') return undefined
  const response = await auth.fetch('/api/me')
  return response.ok ? performance.now() : undefined
}

window.measured = { answered: answer(), signIn: () => auth.signIn() }
