import { createTeamsEmulator, defaultUsers, fetchMint } from 'twodoor/testing'
import { APP } from './addresses'

const [adele] = defaultUsers
const frame = document.createElement('iframe')

createTeamsEmulator({
  frame,
  appOrigin: APP,
  clientId: import.meta.env.VITE_CLIENT_ID,
  user: { tenantId: import.meta.env.VITE_TENANT_ID, ...adele },
  mint: fetchMint('/mint'),
})
frame.src = APP
document.body.append(frame)
