// The browser of the system, for clients in other processes: signs in Adele at the address that it is given, and goes where
// that leads. With `--print` it only prints where that is.

import { createPerson } from './person.js'

/** Where Entra ID is reached, if not at its name. */
const server = process.env['ENTRA_SERVER']
const [, , address = '', option] = process.argv
const { origin } = new URL(address)
const send: typeof fetch = (input, init) => {
  const url = new URL(String(input))
  return fetch(server && url.origin === origin ? new URL(url.pathname + url.search, server) : url, init)
}
const person = createPerson(origin, send)
const landing = await person.signIn(address, 'adele@contoso.example')
if (option === '--print') console.log(JSON.stringify(Object.fromEntries(landing.fields)))
else await person.open(landing)
