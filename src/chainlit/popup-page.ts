// What the page of a pop-up does. Loaded only there.
export { runPopup } from './twodoor.js'
