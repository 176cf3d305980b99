import { io } from 'socket.io-client'
import { createAuth, keepSession, withSocketAuth } from 'twodoor'
import { openDoor } from './door.js'
import { mainOf } from './elements.js'
import { keepKnownHosts } from './known-hosts.js'

keepKnownHosts()
openDoor({ createAuth, keepSession, withSocketAuth, io }, { door: 'teams', root: mainOf(document) })
