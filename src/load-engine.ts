import { load } from './sources/load.js'

export const loadEngine = () => load(() => import('./engine.js'))
