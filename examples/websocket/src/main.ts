import { auth } from './auth'
import { connect } from './connect'

const signIn = Object.assign(document.createElement('button'), { textContent: 'Sign in', onclick: auth.signIn })
const output = document.createElement('output')
let account: string | undefined
let stop = () => {}

function show(text: string): void {
  output.textContent = text
}

auth.subscribe((state) => {
  document.body.replaceChildren(state.status === 'signed-out' ? signIn : output)
  const next = state.status === 'signed-in' ? state.account.key : undefined
  if (next === account) return // the state changes for other reasons too
  account = next
  stop()
  show('')
  if (account) stop = connect(`${location.origin.replace('http', 'ws')}/live`, (data) => show(JSON.parse(data).key))
})
