import { createSessions, createVerifier } from 'twodoor/server'

const { CLIENT_ID = '', TENANT_ID = '', SESSION_SECRET = '', APP_ORIGIN = 'http://localhost:3000' } = process.env

export const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] })

/** Next.js tells a route handler another host than the one that the browser has asked, so the origin is named. */
export const sessions = createSessions({ verifier, secret: SESSION_SECRET, origins: [APP_ORIGIN] })
