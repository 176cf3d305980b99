import { useAuth } from 'twodoor/react'

export function Greeting() {
  const { auth, state } = useAuth()
  if (state.status === 'signed-in') return <p>Hello {state.account.name}</p>
  if (state.status === 'failed') return <p role="alert">{state.error.remedy}</p>
  return (
    <button type="button" onClick={auth.signIn}>
      Sign in
    </button>
  )
}
