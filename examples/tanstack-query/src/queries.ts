import { QueryClient } from '@tanstack/react-query'
import { isAuthError, tokenHooks } from 'twodoor'
import { auth } from './auth'

const MAX_RETRIES = 3

export const queries = new QueryClient({
  defaultOptions: {
    // Nobody is signed in, or somebody has to consent: trying again does not help.
    queries: { retry: (count, error) => count < MAX_RETRIES && (!isAuthError(error) || error.retryable) },
  },
})

// What was loaded for one account is not for the next one.
tokenHooks(auth, '/api').onAccount(() => queries.clear())
