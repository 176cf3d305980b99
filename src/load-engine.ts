import { load } from './sources/load.js'

export const loadFlow = () => load(() => import('./engine.js'))
