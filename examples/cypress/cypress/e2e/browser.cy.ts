import { createVerifier } from 'twodoor/server'
import { createEntraEmulator, type EntraEmulator } from 'twodoor/testing'

const ENTRA = 'https://login.microsoftonline.com'

it('signs in in a browser', () => {
  cy.wrap<Promise<EntraEmulator>, EntraEmulator>(createEntraEmulator()).then((entra) => {
    const verifier = createVerifier(entra.verifierOptions())
    cy.intercept(`${ENTRA}/**`, async (asked) => {
      const { url, method, body } = asked
      const headers = asked.headers as Record<string, string>
      const request = new Request(url, { method, headers, body: method === 'POST' ? body : null })
      const response = await entra.handle(request)
      asked.reply(response.status, await response.text(), Object.fromEntries(response.headers))
    })
    cy.intercept('/api/me', async (asked) => {
      const token = String(asked.headers.authorization).replace('Bearer ', '')
      asked.reply({ key: (await verifier.verify(token)).key })
    })

    cy.visit('/')
    cy.contains('Sign in').click()
    cy.origin(ENTRA, () => {
      cy.contains('Adele Vance').click()
    })
    cy.get('output').should('have.text', `entra:${entra.tenant}:${entra.users[0]?.objectId}`)
  })
})
