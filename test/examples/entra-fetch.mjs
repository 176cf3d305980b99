// Runs in a server before anything of its own: the name of Entra ID leads to the emulator, as the servers ask for production.

const { fetch } = globalThis
globalThis.fetch = (url, init) =>
  fetch(String(url).replace('https://login.microsoftonline.com', process.env.ENTRA_URL), init)
