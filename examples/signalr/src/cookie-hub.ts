import { HttpTransportType, type HubConnection, HubConnectionBuilder } from '@microsoft/signalr'
import { keepSession, tokenHooks } from 'twodoor'
import { auth } from './auth'

/** The server turns the token into a session cookie here. */
const session = keepSession(auth, '/session')

/**
 * The same by WebSocket, for a server that knows the user by a cookie: there is no token in the URL, because SignalR is given
 * none. The server has to compare the `Origin` of the handshake, which any page can cause.
 */
export async function createCookieHub(url: string): Promise<HubConnection> {
  await session.ready
  const hub = new HubConnectionBuilder()
    .withUrl(url, { transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .withAutomaticReconnect()
    .build()
  const unsubscribe = tokenHooks(auth, url).onAccount(() => {
    unsubscribe()
    void hub.stop()
  })
  return hub
}
