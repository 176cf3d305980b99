import { io } from 'socket.io-client'
import { createAuth, keepSession, withSocketAuth } from 'twodoor'
import { openStage } from './stage.js'

openStage({ createAuth, keepSession, withSocketAuth, io }, 'npm')
