import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { AuthProvider, SignedIn, SignedOut } from 'twodoor/react'
import { auth } from './auth'
import { queries } from './queries'

export function App() {
  return (
    <AuthProvider auth={auth}>
      <QueryClientProvider client={queries}>
        <SignedOut>
          <button type="button" onClick={auth.signIn}>
            Sign in
          </button>
        </SignedOut>
        <SignedIn>{(account) => <Me account={account.key} />}</SignedIn>
      </QueryClientProvider>
    </AuthProvider>
  )
}

function Me({ account }: { account: string }) {
  const { data, error } = useQuery({
    queryKey: [account, 'me'],
    queryFn: async ({ signal }) => (await auth.fetch('/api/me', { signal })).json(),
  })
  return error ? <p role="alert">{error.message}</p> : <output>{data?.key}</output>
}
