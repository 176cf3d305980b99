import type { Plugin } from 'rollup'

export function withoutCarriers(): Plugin
export function withoutParts(): Plugin
