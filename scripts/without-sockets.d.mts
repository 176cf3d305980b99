import type { Plugin } from 'rollup'

export function withoutSockets(): Plugin
export function withoutParts(): Plugin
