import { isPathOfThisOrigin } from '../page/path.js'
import type { Settings } from '../settings.js'
import { checkScopes, isNonBlank, isObject, mayBe, must, oneOf } from '../shared/validate.js'
import type { SignInRequest } from '../sources/source.js'

/**
 * Checks what an app passes to `signIn()`. A click event, which `onclick={auth.signIn}` passes, counts as nothing.
 *
 * @throws {AuthError} `config_invalid`
 */
export function checkSignIn(
  options: unknown,
  { scopes: ownScopes, popupPage }: Pick<Settings, 'scopes' | 'popupPage'>,
  window: Window,
): SignInRequest {
  if (options === undefined || options === null || isEvent(options)) return { scopes: ownScopes }
  must('signIn options', options, isObject(options), "an object, for example { returnTo: '/' }")
  const { scopes, returnTo, claims, prompt, popup } = options as Partial<SignInRequest>
  mayBe(
    'returnTo',
    returnTo,
    (path) => isPathOfThisOrigin(path, window),
    'a path of this origin, for example /chat?room=1#last',
  )
  mayBe('claims', claims, isNonBlank, 'the claims of an AuthError, for example {"access_token":{}}')
  if (prompt !== undefined) oneOf('prompt', prompt, 'select_account', 'login', 'consent')
  oneOf('popup', popup, false, true)
  must('popup', popup, !popup || popupPage, 'left out without `popupPage`, for example /popup.html')
  return { scopes: scopes === undefined ? ownScopes : checkScopes('scopes', scopes), returnTo, claims, prompt, popup }
}

/** Whether it is an event of the browser, or one of React's, which wraps that. */
export function isEvent(value: unknown): value is Event | { readonly nativeEvent: unknown } {
  return isObject(value) && 'preventDefault' in value
}
