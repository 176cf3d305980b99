import express from 'express'
import { createVerifier, requireAuth } from 'twodoor/server'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env
const PAUSE_MS = 1_000

const guard = requireAuth(createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] }))

const app = express()
app.get('/events', guard.express, (request, response) => {
  const { key, expiresAt } = guard.identity(request)
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const send = () => response.write(`data: ${JSON.stringify({ key, now: Date.now() })}\n\n`)
  const timer = setInterval(() => (Date.now() < expiresAt ? send() : response.end()), PAUSE_MS) // ends with its token
  response.on('close', () => clearInterval(timer))
  send()
})

const server = app.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`))
