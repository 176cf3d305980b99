import { useEffect, useState } from 'react'
import { AuthProvider, SignedIn, SignedOut, useAuth } from 'twodoor/react'
import { auth } from './auth'

export function App() {
  return (
    <AuthProvider auth={auth}>
      <SignedOut>
        <button type="button" onClick={auth.signIn}>
          Sign in
        </button>
      </SignedOut>
      <SignedIn>{({ key, name }) => <Me key={key} name={name} />}</SignedIn>
      <Failure />
    </AuthProvider>
  )
}

function Me({ name }: { name: string | undefined }) {
  const [key, setKey] = useState('')
  useEffect(() => {
    auth
      .fetch('/api/me')
      .then((response) => response.json())
      .then((me) => setKey(me.key))
      .catch((error) => setKey(error.message))
  }, [])
  return (
    <p>
      Hello {name}, the server knows you as <output>{key}</output>
      <button type="button" onClick={() => auth.signOut()}>
        Sign out
      </button>
    </p>
  )
}

function Failure() {
  const { state } = useAuth()
  return state.status === 'failed' ? <p role="alert">{state.error.remedy}</p> : null
}
