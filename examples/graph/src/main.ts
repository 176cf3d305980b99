import { me } from './api'
import { auth } from './auth'

const signIn = Object.assign(document.createElement('button'), { textContent: 'Sign in', onclick: auth.signIn })
const output = document.createElement('output')

auth.subscribe((state) => {
  document.body.replaceChildren(state.status === 'signed-out' ? signIn : output)
  const show = (text: string) => {
    if (auth.state === state) output.textContent = text // not what comes late, for the account before
  }
  show(state.status === 'failed' ? state.error.remedy : '')
  if (state.status === 'signed-in') me().then(show, (error) => show(error.message))
})
