import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createVerifier, requireAuth } from 'twodoor/server'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env

const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] })
const guard = requireAuth(verifier)

const app = new Hono()
app.use('/api/*', guard.hono)
app.get('/api/me', (context) => context.json({ key: guard.identity(context).key }))

serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`http://localhost:${port}`))
