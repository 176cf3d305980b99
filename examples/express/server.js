import express from 'express'
import { createVerifier, requireAuth } from 'twodoor/server'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env

const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] })
const guard = requireAuth(verifier)

const app = express()
app.use('/api', guard.express)
app.get('/api/me', (request, response) => {
  response.json({ key: guard.identity(request).key })
})

const server = app.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`))
