// The page of the pop-up, and what it came to as `answered`.

import { type PopupOptions, runPopup } from '../../../src/popup/index.js'

declare global {
  interface Window {
    popupOptions: PopupOptions
    answered: Promise<boolean>
  }
}

window.answered = runPopup(window.popupOptions)
void window.answered.then((isAnswered) => {
  document.body.textContent = isAnswered ? 'Done.' : 'You can close this window.'
})
