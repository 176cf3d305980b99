import { defineConfig } from 'vite'

export default defineConfig({
  server: { proxy: { '/live': { target: 'ws://localhost:3000', ws: true } } },
})
