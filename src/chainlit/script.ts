// The entry of the script tag: `dist/twodoor.chainlit.js`.

import { type ChainlitDropIn, install } from './install.js'
import { globalOf } from './twodoor.js'

/** Read from the prototype: an `<img name="currentScript">` hides the property of the document (HTML, "DOM tree accessors"). */
const ofDocument = <T>(name: string): T => Reflect.get(Document.prototype, name, document)

/** `null` in a module. */
const currentScript = ofDocument<Document['currentScript']>('currentScript')
const script =
  currentScript ?? ofDocument<Document['querySelector']>('querySelector').call(document, 'script[data-client-id]')
const { chainlit } = globalOf<{ chainlit?: ChainlitDropIn }>(window, 'twodoor') ?? {}

/** A second copy would wait at the gate of the first. The bundle has set `twodoor.chainlit` already, to whatever was there. */
export default typeof chainlit?.restore === 'function'
  ? chainlit
  : install((script ?? { dataset: {}, async: false }) as HTMLScriptElement, window)
