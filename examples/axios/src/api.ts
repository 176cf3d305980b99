import axios from 'axios'
import { auth } from './auth'

/** Sends by `auth.fetch`, which adds the token where it belongs and renews it after a 401. Needs axios 1.12. */
export const api = axios.create({ adapter: 'fetch', env: { fetch: auth.fetch } })

export async function me(): Promise<string> {
  const { data } = await api.get<{ key: string }>('/api/me')
  return data.key
}
