// The entry of the script tag: `dist/twodoor.chainlit.js`.

import { type ChainlitDropIn, install } from './install.js'

/** `document.currentScript` is empty in a module. */
const script = document.currentScript ?? document.querySelector('script[data-client-id]')
const { twodoor } = window as { twodoor?: { chainlit?: ChainlitDropIn } }

/** A second copy would wait at the gate of the first. */
export default twodoor?.chainlit ?? install((script ?? { dataset: {}, async: false }) as HTMLScriptElement, window)
