// What people write today: in a frame, put the token of Teams SSO on Chainlit's header login.
// teams-js is MicrosoftTeams.min.js of its npm package, beside this file.

const { hostOrigin } = document.currentScript.dataset
const isFramed = window.parent !== window
const native = window.fetch

const token = isFramed ? getToken() : undefined

window.fetch = async (input, init) => {
  if (!isFramed || !String(input).endsWith('/auth/header')) return native(input, init)
  return native(input, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${await token}` } })
}

async function getToken() {
  await load('/public/MicrosoftTeams.min.js')
  const { app, authentication } = window.microsoftTeams
  await app.initialize([hostOrigin])
  app.notifySuccess()
  return authentication.getAuthToken()
}

function load(src) {
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject }))
  })
}
