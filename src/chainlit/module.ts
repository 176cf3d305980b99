// The entry that the Python package serves: a module, whose parts are loaded when they are needed.

import type { ChainlitDropIn } from './install.js'
import dropIn from './script.js'
import { globalOf } from './twodoor.js'

Object.assign(window, { twodoor: { ...globalOf<{ chainlit?: ChainlitDropIn }>(window, 'twodoor'), chainlit: dropIn } })
