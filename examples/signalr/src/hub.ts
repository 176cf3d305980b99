import { HttpTransportType, type HubConnection, HubConnectionBuilder } from '@microsoft/signalr'
import { tokenHooks } from 'twodoor'
import { auth } from './auth'

/**
 * A connection of the account that is signed in.
 *
 * In a browser SignalR puts the token of `accessTokenFactory` into the URL of WebSockets and of server-sent events, where
 * servers and proxies log it. Long polling sends it in the `Authorization` header, so this takes that.
 */
export function createHub(url: string): HubConnection {
  const hub = new HubConnectionBuilder()
    .withUrl(url, {
      transport: HttpTransportType.LongPolling,
      accessTokenFactory: async () => (await auth.getToken()).token,
    })
    .withAutomaticReconnect()
    .build()
  const unsubscribe = tokenHooks(auth, url).onAccount(() => {
    unsubscribe()
    void hub.stop()
  })
  return hub
}
