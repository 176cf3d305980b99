import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { findChromium } from './scripts/chromium.js'
import { twodoorAsBuilt } from './test/docs/as-built.js'
import { hasServers } from './test/servers/installed.js'

const executablePath = findChromium()

// Generous, because machines that run tests are often small and busy. Nothing waits this long unless it is broken.
const WORLD_TIMEOUT_MS = 60_000
const PACKAGE_TIMEOUT_MS = 300_000
const SEQUENCES_TIMEOUT_MS = 300_000
/** Random sequences, and the mistakes that they have to find: too long to wait for while one writes. */
const LONG = ['test/unit/**/sequences/**/*.test.ts']
/** Of `expect.poll`, which gives up after one second by itself. */
const POLL_TIMEOUT_MS = 20_000

export default defineConfig({
  test: {
    reporters: ['default', './test/last-line.ts'],
    // One project after the other, the quick ones first: two at once would measure each other's browsers.
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          environment: 'happy-dom',
          include: ['test/unit/**/*.test.ts'],
          exclude: LONG,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'sequences',
          sequence: { groupOrder: 0 },
          environment: 'happy-dom',
          include: LONG,
          testTimeout: SEQUENCES_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'browser',
          sequence: { groupOrder: 1 },
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/chainlit-server.ts'],
          testTimeout: 30_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: executablePath ? { executablePath } : {} }),
            instances: [{ browser: 'chromium' }],
          },
        },
        // Found only when a test imports them, they would reload the page in the middle of a run.
        optimizeDeps: { include: ['@azure/msal-browser', '@microsoft/teams-js', 'fast-check', 'socket.io-client'] },
      },
      {
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: WORLD_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
          hookTimeout: WORLD_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'versions',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: ['test/versions/**/*.test.ts'],
          testTimeout: WORLD_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
          hookTimeout: WORLD_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'clients',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: ['test/clients/*.test.ts'],
          globalSetup: ['test/clients/certificate.ts'],
          testTimeout: WORLD_TIMEOUT_MS,
          hookTimeout: WORLD_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'servers',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: hasServers() ? ['test/servers/**/*.test.ts'] : [],
          testTimeout: WORLD_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
          hookTimeout: WORLD_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'engines',
          sequence: { groupOrder: 3 },
          environment: 'node',
          include: ['test/engines/**/*.test.ts'],
          testTimeout: WORLD_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
          hookTimeout: WORLD_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'docs',
          sequence: { groupOrder: 4 },
          environment: 'node',
          include: ['test/docs/**/*.test.ts'],
          testTimeout: WORLD_TIMEOUT_MS,
          hookTimeout: WORLD_TIMEOUT_MS,
        },
        // As an app imports it: the code of the pages runs in a folder of its own.
        resolve: { alias: twodoorAsBuilt() },
      },
      {
        test: {
          name: 'package',
          sequence: { groupOrder: 5 },
          environment: 'node',
          include: ['test/package/**/*.test.ts'],
          testTimeout: PACKAGE_TIMEOUT_MS,
          hookTimeout: PACKAGE_TIMEOUT_MS,
        },
      },
    ],
  },
})
