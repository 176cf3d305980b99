import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { tokenHooks } from 'twodoor'
import { auth } from './auth'

/** Sends by `auth.fetch`, which adds the token where it belongs and renews it after a 401. */
export const client = new ApolloClient({
  link: new HttpLink({ uri: '/graphql', fetch: auth.fetch }),
  cache: new InMemoryCache(),
})

// What was loaded for one account is not for the next one.
tokenHooks(auth, '/graphql').onAccount(() => void client.cache.reset())

export async function me(): Promise<string> {
  const { data } = await client.query<{ me: string }>({ query: gql`{ me }` })
  return data?.me ?? ''
}
