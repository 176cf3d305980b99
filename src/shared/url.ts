/** The address in full, or `undefined` if it is none. Parsed once: `URL.canParse` would parse it a second time. */
export function toUrl(address: string | URL, base?: string): URL | undefined {
  try {
    return new URL(address, base)
  } catch {
    return undefined
  }
}

/** Whether it is http or https, and names no user. */
export function isPlainHttp({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && !username && !password
}
