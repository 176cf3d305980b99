import { defineConfig } from 'vite'

export default defineConfig({
  server: { proxy: { '/api': 'http://localhost:3000' } },
  // Found only when a test asks for them, they would reload the page in the middle of it.
  optimizeDeps: { include: ['@azure/msal-browser', '@microsoft/teams-js', 'twodoor', 'twodoor/testing'] },
})
