import { auth } from './auth'
import { createCookieHub } from './cookie-hub'
import { createHub } from './hub'

const signIn = Object.assign(document.createElement('button'), { textContent: 'Sign in', onclick: auth.signIn })
const output = document.createElement('output')
let account: string | undefined
let ended = new AbortController()

auth.subscribe((state) => {
  document.body.replaceChildren(state.status === 'signed-out' ? signIn : output)
  const next = state.status === 'signed-in' ? state.account.key : undefined
  if (next === account) return // the state changes for other reasons too
  account = next
  ended.abort()
  ended = new AbortController()
  const { signal } = ended
  const show = (text: string) => {
    if (!signal.aborted) output.textContent = text
  }
  show('')
  if (account) connect(show, signal).catch((error) => show(error.message))
})

async function connect(show: (text: string) => void, signal: AbortSignal): Promise<void> {
  const usesCookie = location.hash === '#cookie'
  const hub = usesCookie ? await createCookieHub('/hub') : createHub('/hub')
  if (signal.aborted) return
  signal.onabort = () => void hub.stop()
  hub.on('message', show)
  await hub.start()
  await hub.invoke('whoAmI')
}
