import { load } from '../../sources/load.js'

/** What only a live socket needs. */
export const loadLifetime = () => load(() => import('./lifetime.js'))
