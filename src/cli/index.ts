#!/usr/bin/env node
import { main } from './main.js'

const ended = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
const context = {
  folder: process.cwd(),
  signal: ended.signal,
  say: (line: string) => console.log(line),
}
process.exitCode = await main(process.argv.slice(2), context, (line) => console.error(line))
