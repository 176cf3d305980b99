import { headers } from 'next/headers'
import { connection } from 'next/server'
import { Door } from './door'
import { sessions } from './sessions'

/** Rendered on the server, with what belongs to the user if the request has a session. */
export default async function Page() {
  await connection()
  const session = await sessions.read({ method: 'GET', headers: await headers() })
  return (
    <Door owner={session?.key}>
      <p>
        The server knows you as <output>{session?.key}</output>
      </p>
    </Door>
  )
}
