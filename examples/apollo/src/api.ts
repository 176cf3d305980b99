import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { tokenHooks } from 'twodoor'
import { auth } from './auth'

/** Sends by `auth.fetch`, which adds the token where it belongs and renews it after a 401. */
function createClient(): ApolloClient {
  return new ApolloClient({ link: new HttpLink({ uri: '/graphql', fetch: auth.fetch }), cache: new InMemoryCache() })
}

/** Of the account that is signed in: the next one has another client. */
export let client = createClient()

// What was loaded for one account is not for the next one, nor what is still on its way: emptying the cache would not stop that.
tokenHooks(auth, '/graphql').onAccount(() => {
  client.stop()
  client = createClient()
})

export async function me(): Promise<string> {
  const { data } = await client.query<{ me: string }>({ query: gql`{ me }` })
  return data?.me ?? ''
}
