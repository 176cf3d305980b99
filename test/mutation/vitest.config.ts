import { defineConfig } from 'vitest/config'

/** Of a mutant that loops or never answers: long enough that no test fails for the load of the machine. */
const TIMEOUT_MS = 20_000

export default defineConfig({
  test: {
    environment: process.env['MUTATION_ENVIRONMENT'] ?? 'node',
    include: (process.env['MUTATION_TESTS'] ?? 'test/unit/**/*.test.ts').split(' '),
    // Sequences and processes: slow, and what they prove of one decision is proved beside it too.
    exclude: ['test/unit/**/sequences/**', 'test/unit/**/unref.test.ts', '**/node_modules/**'],
    testTimeout: TIMEOUT_MS,
    isolate: process.env['MUTATION_ISOLATE'] === 'true',
  },
})
