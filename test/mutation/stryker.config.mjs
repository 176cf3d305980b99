// Run by scripts/mutation.ts, which says what is changed and which tests are asked.

const reports = `node_modules/.cache/twodoor/mutation/${process.env.MUTATION_NAME}`

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  ignorePatterns: ['dist'],
  coverageAnalysis: 'perTest',
  // Of processes that test at once: one on a machine that others use, or the load makes timeouts that count as found.
  ...(process.env.MUTATION_CONCURRENCY && { concurrency: Number(process.env.MUTATION_CONCURRENCY) }),
  // Longer than that of a test: a test that ends is a runner that need not be started again.
  timeoutMS: 30_000,
  // Not where the survivors are asked once more: they are others each time.
  incremental: !process.env.MUTATION_NAME?.endsWith('-again'),
  incrementalFile: `${reports}.incremental.json`,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `${reports}.json` },
  // It would read tsconfig.json with an interface that TypeScript 7 no longer has. Nothing here needs it.
  tsconfigFile: 'none',
}
