import { io } from 'socket.io-client'
import { createAuth, withSocketAuth } from 'twodoor'
import { openDoor } from './door.js'

openDoor({ createAuth, withSocketAuth, io }, { door: 'teams', root: document.body })
