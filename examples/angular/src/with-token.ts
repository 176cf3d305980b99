import { HttpErrorResponse, type HttpInterceptorFn } from '@angular/common/http'
import { catchError, from, type Observable, switchMap } from 'rxjs'
import { auth } from './auth'

/** Adds the token to calls of this origin and to nothing else, and renews it once where the server refuses it. */
export const withToken: HttpInterceptorFn = (request, next) => {
  const { origin } = new URL(request.url, document.baseURI)
  if (origin !== location.origin || request.headers.has('Authorization')) return next(request)

  const send = (token: string) => next(request.clone({ setHeaders: { Authorization: `Bearer ${token}` } }))

  return from(auth.getToken()).pipe(
    switchMap((first) => send(first.token).pipe(catchError((error: unknown) => again(first, error)))),
  )

  function again(first: Token, error: unknown): Observable<never> | ReturnType<typeof next> {
    if (!(error instanceof HttpErrorResponse) || error.status !== 401) throw error
    return from(auth.getToken(undefined, { rejectedToken: first.token })).pipe(
      switchMap((second) => {
        // A host in Teams gives the same one again; and nothing goes out under the name of another account.
        if (second.token === first.token || second.account.key !== first.account.key) throw error
        return send(second.token)
      }),
    )
  }
}

type Token = Awaited<ReturnType<typeof auth.getToken>>
