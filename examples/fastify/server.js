import Fastify from 'fastify'
import { createVerifier, requireAuth } from 'twodoor/server'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env

const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] })
const guard = requireAuth(verifier)

const fastify = Fastify()
fastify.addHook('onRequest', guard.fastify)
fastify.get('/api/me', (request) => ({ key: guard.identity(request).key }))

console.log(await fastify.listen({ port: Number(PORT) }))
