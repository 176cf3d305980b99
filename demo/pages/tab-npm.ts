import { io } from 'socket.io-client'
import { createAuth, keepSession, withSocketAuth } from 'twodoor'
import { openDoor } from './door.js'

openDoor({ createAuth, keepSession, withSocketAuth, io }, { door: 'teams', root: document.body })
