import type { Plugin } from 'rollup'

export function withoutSockets(): Plugin
