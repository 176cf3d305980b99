import { io } from 'socket.io-client'
import { createAuth, keepSession, withSocketAuth } from 'twodoor'
import { mainOf } from '../../src/cli/dev/page/elements.js'
import { openDoor } from './door.js'
import { keepKnownHosts } from './known-hosts.js'

keepKnownHosts()
openDoor({ createAuth, keepSession, withSocketAuth, io }, { door: 'teams', root: mainOf(document) })
