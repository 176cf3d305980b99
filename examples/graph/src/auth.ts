import { createAuth } from 'twodoor'

export const auth = createAuth({
  clientId: import.meta.env.VITE_CLIENT_ID,
  tenant: import.meta.env.VITE_TENANT_ID,
  scopes: [import.meta.env.VITE_SCOPE],
})

import.meta.hot?.dispose(auth.dispose)
