export { type PopupOptions, runPopup } from './run-popup.js'
