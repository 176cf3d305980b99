// A script of its own, after the core, for pages with Socket.IO.

import { socketAuth, withSocketAuth } from '../carriers/sockets/wrap.js'
import { globalOf } from '../page/globals.js'

Object.assign(globalOf<object>(window, 'twodoor') ?? {}, { socketAuth, withSocketAuth })
