import { configDefaults, defineConfig } from 'vitest/config'
import { hasNginx } from './test/servers/nginx.js'

// Generous, because machines that run tests are often small and busy. Nothing waits this long unless it is broken.
const STEP_TIMEOUT_MS = 120_000
/** Left out where it is not installed. */
const NEEDS_NGINX = ['test/chainlit/replicas.test.ts', 'test/chainlit/story.test.ts']

export default defineConfig({
  test: {
    reporters: ['default', './test/last-line.ts'],
    name: 'chainlit',
    environment: 'node',
    include: ['test/chainlit/**/*.test.ts', 'test/clients/python/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(hasNginx() ? [] : NEEDS_NGINX)],
    // Each file has a Chainlit and a Chromium: more of them at once would measure each other.
    fileParallelism: false,
    testTimeout: STEP_TIMEOUT_MS,
    hookTimeout: STEP_TIMEOUT_MS,
    // By itself `expect.poll` gives up after one second.
    expect: { poll: { timeout: 20_000 } },
  },
})
