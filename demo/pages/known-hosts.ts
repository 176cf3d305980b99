const LIST = 'https://res.cdn.office.net/teams-js/validDomains/json/validDomains.json'

/**
 * teams-js asks Microsoft for a newer list of hosts as soon as it loads. The policy of this demo lets nothing leave the
 * machine, and the browser would report each refusal in red. So the page itself says that there is no newer list, and
 * teams-js takes the one that it brings. To be called before teams-js loads.
 */
export function keepKnownHosts(): void {
  const send = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    return url === LIST ? Promise.resolve(new Response(null, { status: 404 })) : send(input, init)
  }
}
