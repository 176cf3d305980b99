import { sessions } from '../sessions'

/** `keepSession()` of the page asks here: it turns the token into a cookie, and ends it. */
export const GET = sessions.handle
export const POST = sessions.handle
export const DELETE = sessions.handle
