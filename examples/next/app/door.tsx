'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useState } from 'react'
import { AuthProvider, useAuth } from 'twodoor/react'
import { auth, session } from './auth'

/** Shows what the server has rendered for `owner`, while that is who is signed in. */
export function Door(props: { owner: string | undefined; children: ReactNode }) {
  return (
    <AuthProvider auth={auth}>
      <Guard {...props} />
    </AuthProvider>
  )
}

function Guard({ owner, children }: { owner: string | undefined; children: ReactNode }) {
  const { state } = useAuth()
  const { refresh } = useRouter()
  const [problem, setProblem] = useState('')
  const account = state.status === 'signed-in' ? state.account.key : undefined

  // A frame is served without its cookie, so in Teams the first answer has no session.
  useEffect(() => {
    if (account && account !== owner) session.ready.then(refresh, (error) => setProblem(error.message))
  }, [account, owner, refresh])

  if (state.status === 'failed') return <p role="alert">{state.error.remedy}</p>
  if (state.status === 'signed-out') {
    return (
      <button type="button" onClick={auth.signIn}>
        Sign in
      </button>
    )
  }
  if (!account || account !== owner) return <p role="status">{problem}</p>
  return (
    <>
      {children}
      <button type="button" onClick={() => auth.signOut()}>
        Sign out
      </button>
    </>
  )
}
