/** Names a set of scopes, in whatever order they come. */
export function scopeKey(scopes: readonly string[]): string {
  return [...scopes].sort().join(' ')
}
