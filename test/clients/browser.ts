// The browser of the system, for clients that open one: signs in Adele at the address that it is given, and goes where that
// leads.

import { createPerson } from './person.js'

const [, , address = '', username = 'adele@contoso.example'] = process.argv
const person = createPerson(new URL(address).origin)
await person.open(await person.signIn(address, username))
