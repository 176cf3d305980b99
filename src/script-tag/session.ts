// A script of its own, after the core, for pages that keep a session cookie.

import { chainlitSession } from '../carriers/session/chainlit-session.js'
import { keepSession } from '../carriers/session/keep-session.js'
import { globalOf } from '../page/globals.js'

Object.assign(globalOf<object>(window, 'twodoor') ?? {}, { chainlitSession, keepSession })
