import ky from 'ky'
import { auth } from './auth'

/** Sends by `auth.fetch`, which adds the token where it belongs and renews it after a 401. */
export const api = ky.create({ fetch: auth.fetch })

export async function me(): Promise<string> {
  const { key } = await api.get('/api/me').json<{ key: string }>()
  return key
}
