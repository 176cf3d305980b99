import { httpResource } from '@angular/common/http'
import { Component, signal } from '@angular/core'
import { auth } from './auth'

@Component({
  selector: 'app-root',
  template: `
    @let now = state();
    @if (now.status === 'signed-out') {
      <button (click)="auth.signIn()">Sign in</button>
    } @else if (now.status === 'signed-in') {
      <p>
        Hello {{ now.account.name }}, the server knows you as
        <output>{{ me.hasValue() ? me.value().key : me.error()?.message }}</output>
        <button (click)="auth.signOut()">Sign out</button>
      </p>
    } @else if (now.status === 'failed') {
      <p role="alert">{{ now.error.remedy }}</p>
    }
  `,
})
export class App {
  readonly auth = auth
  readonly state = signal(auth.state)
  readonly me = httpResource<{ key: string }>(() => (this.state().status === 'signed-in' ? '/api/me' : undefined))

  constructor() {
    auth.subscribe((state) => this.state.set(state))
  }
}
