// What a server wants of the user, told to the app.

/** What a server wants consent for. */
export interface ConsentRequest {
  /** To be passed on to `signIn()`. They come from the server: compare them where it could ask for too much. */
  readonly scopes: string[]
  /** The origin of the server. */
  readonly origin: string
}

/** What an endpoint wants beyond the sign-in. */
export interface StepUpRequest {
  /** To be passed on to `signIn()`, as JSON text. They come from the server, and Entra ID decides what they take. */
  readonly claims: string
  /** To be passed on to `signIn()`: those of the resource. */
  readonly scopes: string[]
  /** The origin of the server. */
  readonly origin: string
}
