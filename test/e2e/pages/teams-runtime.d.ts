// teams-js has no types beside its single modules.

declare module '@microsoft/teams-js/dist/esm/packages/teams-js/src/public/runtime.js' {
  export function applyRuntimeConfig(runtime: object): void
}
