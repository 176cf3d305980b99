import { io } from 'socket.io-client'
import { createAuth, withSocketAuth } from 'twodoor'
import { openStage } from './stage.js'

openStage({ createAuth, withSocketAuth, io }, 'npm')
