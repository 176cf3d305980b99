// Looks whether somebody signed in or out elsewhere: in another tab, in another Auth of the page, or with another app that
// uses MSAL for the same client ID.

import { type AccessToken, isRefusal, type Refusal, type TokenSource } from '../sources/source.js'
import type { AuthState } from './state.js'

export interface LookContext {
  readonly scopes: readonly string[]
  readonly source: TokenSource
  readonly disposed: AbortSignal
  state(): AuthState
  /** Whether the user has signed out. */
  isFlagged(): boolean
  /** Whether, as it seems, somebody has signed in since by another app. The source knows for certain. */
  isOutlived(): boolean
  arrive(token: AccessToken): void
  refuse(refusal: Refusal): void
  /** The account is no longer there; `flagged` if the user signed out. */
  gone(flagged: boolean): void
}

/** Looks once at a time, and once more where it was told again meanwhile. */
export function createLook(context: LookContext): () => void {
  const { source, disposed } = context
  let isLooking = false
  let isToldAgain = false

  async function lookWhileTold(): Promise<void> {
    while (isToldAgain && !disposed.aborted) {
      isToldAgain = false
      await lookOnce()
    }
  }

  async function lookOnce(): Promise<void> {
    const { status } = context.state()
    // A start finds out by itself.
    if (status === 'starting') return
    if (context.isFlagged() && !context.isOutlived()) return leave()
    if (status === 'signed-in' && !source.changed()) return
    const answer = await source.acquire({ scopes: context.scopes, fresh: false }).catch(() => undefined)
    if (!answer || disposed.aborted) return
    if (context.isFlagged()) return leave()
    if (!isRefusal(answer)) return context.arrive(answer)
    if (context.state().status !== 'signed-in') return
    if (answer.noAccount) context.gone(false)
    else context.refuse(answer)
  }

  /** What this tab has stored goes too. */
  function leave(): void {
    const current = context.state()
    if (current.status === 'signed-out' && current.reason === 'by-user') return
    source.forget()
    context.gone(true)
  }

  return () => {
    isToldAgain = true
    if (isLooking) return
    isLooking = true
    void lookWhileTold().finally(() => {
      isLooking = false
    })
  }
}
