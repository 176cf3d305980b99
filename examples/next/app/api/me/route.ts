import { requireAuth } from 'twodoor/server'
import { verifier } from '../../sessions'

const guard = requireAuth(verifier)

export const GET = guard.fetch((_request, { key }) => Response.json({ key }))
