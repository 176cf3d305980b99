import { defineConfig } from 'vitest/config'

// Generous, because machines that run tests are often small and busy. Nothing waits this long unless it is broken.
const STEP_TIMEOUT_MS = 120_000

export default defineConfig({
  test: {
    reporters: ['default', './test/last-line.ts'],
    name: 'examples',
    environment: 'node',
    include: ['test/examples/**/*.test.ts'],
    // Each file builds apps and has a Chromium: more of them at once would measure each other.
    fileParallelism: false,
    testTimeout: STEP_TIMEOUT_MS,
    hookTimeout: STEP_TIMEOUT_MS,
    // By itself `expect.poll` gives up after one second.
    expect: { poll: { timeout: 20_000 } },
  },
})
