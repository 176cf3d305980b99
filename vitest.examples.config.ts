import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { defineConfig } from 'vitest/config'

// Of the examples, whose packages are there only when they are installed.
const { resolve } = createRequire(new URL('./examples/vue/', import.meta.url))
const { default: vue } = await import(pathToFileURL(resolve('@vitejs/plugin-vue')).href)

// Generous, because machines that run tests are often small and busy. Nothing waits this long unless it is broken.
const STEP_TIMEOUT_MS = 120_000

export default defineConfig({
  plugins: [vue()],
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
