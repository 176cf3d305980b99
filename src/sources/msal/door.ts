export { openNested } from './nested.js'
export { openRedirect } from './redirect.js'
