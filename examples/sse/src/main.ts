import { auth } from './auth'
import { listen } from './listen'

const signIn = Object.assign(document.createElement('button'), { textContent: 'Sign in', onclick: auth.signIn })
const output = document.createElement('output')
let account: string | undefined
let ended = new AbortController()

function show(text: string): void {
  output.textContent = text
}

auth.subscribe((state) => {
  document.body.replaceChildren(state.status === 'signed-out' ? signIn : output)
  const next = state.status === 'signed-in' ? state.account.key : undefined
  if (next === account) return // the state changes for other reasons too
  account = next
  ended.abort()
  ended = new AbortController()
  show('')
  if (account) listen('/events', ({ data }) => show(JSON.parse(data).key), ended).catch((error) => show(error.message))
})
