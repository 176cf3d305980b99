import { createConversation } from './conversation.js'
import type { TeamsEmulator, TeamsHostOptions } from './host.js'
import { type HostAnswer, readObject, readRequest } from './wire.js'

export interface MobileTeamsEmulatorOptions extends TeamsHostOptions {
  /**
   * The page of the app.
   *
   * @default this one
   */
  window?: Window | undefined
}

type BridgeListener = (response: { readonly data: string }) => void

/** What the native shell of Teams puts into the page, and what teams-js puts there for the shell. */
interface NativeWindow {
  nativeInterface?: { framelessPostMessage(message: string): void }
  onNativeMessage?: (event: { readonly data: unknown }) => void
  nestedAppAuthBridge?: object
}

/**
 * Teams on a phone: no frame, but `window.nativeInterface` in the page of the app itself. Call it before any script of
 * the app runs. The bridge of nested app auth comes from the shell too, if `nested.bridge` says so at that time.
 *
 * `authenticate` answers `FailedToOpenWindow`. The default of `clientType` is `android`.
 */
export function createMobileTeamsEmulator(options: MobileTeamsEmulatorOptions): TeamsEmulator {
  const page = options.window ?? globalThis.window
  const native = page as NativeWindow
  const cannotOpen: HostAnswer = [false, 'FailedToOpenWindow']
  const post = (message: object) => native.onNativeMessage?.({ data: overTheBridge(message) })

  const { emulator, transcript, receive } = createConversation(
    { ...options, clientType: options.clientType ?? 'android' },
    {
      authenticate: async () => cannotOpen,
      authenticated() {},
      send: post,
      closePopup() {},
      contentUrl: () => page.location?.href ?? '',
      showPage: () => false,
      openLink: () => true, // the browser of the phone is not emulated: the transcript has the link
      close() {
        delete native.nativeInterface
        delete native.nestedAppAuthBridge
      },
    },
  )

  native.nativeInterface = {
    framelessPostMessage(message) {
      const request = readRequest(readObject(message))
      if (request) receive(request, 'app', post)
      else transcript.record('refused', 'app', '', 'not a request of teams-js')
    },
  }
  if (emulator.settings.nested.bridge) native.nestedAppAuthBridge = createBridge(receive)
  return emulator
}

/** What the shell gives msal-browser instead of the bridge that teams-js installs in a frame. */
function createBridge(receive: ReturnType<typeof createConversation>['receive']): object {
  const listeners = new Set<BridgeListener>()
  return {
    addEventListener: (_type: 'message', listener: BridgeListener) => void listeners.add(listener),
    removeEventListener: (_type: 'message', listener: BridgeListener) => void listeners.delete(listener),
    postMessage(data: string) {
      const request = { id: 0, uuidAsString: undefined, func: 'nestedAppAuth.execute', args: [], data }
      receive(request, 'app', (reply) => {
        const [, response] = (reply as { args: [null, string] }).args
        for (const listener of [...listeners]) listener({ data: response })
      })
    },
  }
}

/** Native shells pass JSON: what it cannot say does not arrive. */
function overTheBridge(message: object): unknown {
  return JSON.parse(JSON.stringify(message))
}
