import { createAuth } from 'twodoor'

/** Of the app registration: put yours here. */
const clientId = 'c1111111-2222-4333-8444-555555555555'

export const auth = createAuth({
  clientId,
  tenant: '11111111-2222-4333-8444-555555555555',
  scopes: [`api://app.contoso.example/${clientId}/access_as_user`],
})
