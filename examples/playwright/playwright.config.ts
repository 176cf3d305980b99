import { defineConfig } from '@playwright/test'
import { APP } from './e2e/addresses'

export default defineConfig({
  testDir: 'e2e',
  use: {
    baseURL: APP,
    permissions: ['local-network-access'], // a page of Teams frames one of this machine
    launchOptions: { executablePath: process.env.CHROMIUM }, // left out: the browser that Playwright has installed
  },
  webServer: {
    command: `vite --port ${new URL(APP).port} --strictPort`,
    url: APP,
    env: {
      VITE_CLIENT_ID: 'c1111111-2222-4333-8444-555555555555',
      VITE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
      VITE_SCOPE: 'api://app.example/c1111111-2222-4333-8444-555555555555/access_as_user',
    },
  },
})
