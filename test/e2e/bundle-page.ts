// The scripts of test/e2e/pages as one file each, and the smallest page to put them into.

import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export function html(body: string): Response {
  return new Response(`<!doctype html><meta charset="utf-8">${body}`, { headers: { 'content-type': 'text/html' } })
}

export async function bundlePage(name: string): Promise<string> {
  const input = fileURLToPath(new URL(`./pages/${name}.ts`, import.meta.url))
  const rolldownOptions = { input, output: { codeSplitting: false, format: 'iife' as const } }
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, modulePreload: false, rolldownOptions },
  })
  const [{ output }] = (Array.isArray(built) ? built : [built]) as [{ output: { code?: string }[] }]
  return output[0]?.code ?? ''
}
