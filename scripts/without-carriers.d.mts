import type { Plugin } from 'rollup'

export function withoutCarriers(): Plugin
