import { createAuth, keepSession } from 'twodoor'

export const auth = createAuth({
  clientId: process.env.NEXT_PUBLIC_CLIENT_ID ?? '',
  tenant: process.env.NEXT_PUBLIC_TENANT_ID ?? '',
  scopes: [process.env.NEXT_PUBLIC_SCOPE ?? ''],
})

export const session = keepSession(auth, '/session')
