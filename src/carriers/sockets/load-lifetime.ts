import { load } from '../../sources/load.js'

/** What only a page with sockets needs. */
export const loadLifetime = () => load(() => import('./lifetime.js'))
