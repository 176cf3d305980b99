import { app, authentication } from '@microsoft/teams-js'

export async function getToken(): Promise<string> {
  await app.initialize()
  app.notifyAppLoaded()
  const token = await authentication.getAuthToken()
  void app.notifySuccess()
  return token
}

export const signIn = () => authentication.getAuthToken({ silent: false })
