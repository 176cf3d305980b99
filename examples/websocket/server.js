import { createServer } from 'node:http'
import { createVerifier } from 'twodoor/server'
import { WebSocketServer } from 'ws'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env
const FIRST_MESSAGE_MS = 10_000
const PAUSE_MS = 1_000
/** Close codes from 4000 on are an app's own. */
const UNAUTHORIZED = 4401
/** For a token that nobody can verify now: the keys of Entra ID cannot be loaded. */
const TRY_AGAIN_LATER = 1013

const verifier = createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] })

/** Nothing is sent to, or taken from, a connection before its token is verified, nor after that has expired. */
function serve(socket) {
  let identity
  let timer = setTimeout(end, FIRST_MESSAGE_MS)
  const ticks = setInterval(() => identity && socket.send(JSON.stringify({ key: identity.key })), PAUSE_MS)

  function end() {
    socket.close(UNAUTHORIZED)
  }

  async function takeToken(token) {
    const next = await verifier.verify(token)
    if (socket.readyState !== socket.OPEN) return
    if (identity && next.key !== identity.key) return end() // a renewal is of the same account
    identity = next
    clearTimeout(timer)
    timer = setTimeout(end, Math.max(0, next.expiresAt - Date.now()))
    socket.send(JSON.stringify({ key: next.key }))
  }

  socket.on('message', (data) => {
    try {
      takeToken(JSON.parse(data).token).catch(({ status }) =>
        socket.close(status === 503 ? TRY_AGAIN_LATER : UNAUTHORIZED),
      )
    } catch {
      end()
    }
  })
  socket.on('error', end)
  socket.on('close', () => {
    clearTimeout(timer)
    clearInterval(ticks)
  })
}

const server = createServer((_request, response) => response.writeHead(404).end())
new WebSocketServer({ server, path: '/live', maxPayload: 16_384 }).on('connection', serve)
server.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`))
