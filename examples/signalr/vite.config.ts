import { defineConfig } from 'vite'

export default defineConfig({
  server: { proxy: { '/hub': 'http://localhost:3000' } },
})
