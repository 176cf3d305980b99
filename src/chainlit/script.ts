// The entry of the script tag: `dist/twodoor.chainlit.js`.

import { install } from './install.js'

/** `document.currentScript` is empty in a module. */
const script = document.currentScript ?? document.querySelector('script[data-client-id]')

export default install((script ?? document.createElement('script')) as HTMLScriptElement, window)
