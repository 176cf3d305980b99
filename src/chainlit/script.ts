// The entry of the script tag: `dist/twodoor.chainlit.js`.

import { type ChainlitDropIn, install } from './install.js'
import { globalOf } from './twodoor.js'

/** Taken from the prototype: `<img name="currentScript">` stands in front of it (HTML, "DOM tree accessors"). */
const ofDocument = <T>(name: string): T => Reflect.get(Document.prototype, name, document)

/** It is empty in a module. */
const current = ofDocument<Document['currentScript']>('currentScript')
const script =
  current ?? ofDocument<Document['querySelector']>('querySelector').call(document, 'script[data-client-id]')
const { chainlit } = globalOf<{ chainlit?: ChainlitDropIn }>(window, 'twodoor') ?? {}

/** A second copy would wait at the gate of the first. The frame of this script has made a property of whatever was there. */
export default typeof chainlit?.restore === 'function'
  ? chainlit
  : install((script ?? { dataset: {}, async: false }) as HTMLScriptElement, window)
