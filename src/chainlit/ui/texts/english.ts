/** What the drop-in says to the user. `{host}` is Teams or Outlook. */
export const english = {
  signIn: 'Sign in',
  signInToContinue: 'Sign in to continue.',
  signedOut: 'You are signed out',
  signingIn: 'Signing in …',
  signingOut: 'Signing out …',
  permissionNeeded: 'Your permission is needed',
  asksForProfile: 'The app asks for access to your profile.',
  continue: 'Continue',
  tryAgain: 'Try again',
  reload: 'Reload',
  reloadThePage: 'Reload the page.',
  openInBrowser: 'Open in browser',
  askAdministrator: 'Ask an administrator',
  tellOwner: 'Tell the owner of this app.',
  notConnected: 'The chat does not stay connected',
  openPageInBrowser: 'Open this page in your browser',
  cannotSignInHere: 'It cannot sign you in here.',
  accountChanged: 'The account has changed',
  otherAccount: 'Another account is signed in now.',
  accessDenied: 'Access was denied',
  administratorCanGive: 'An administrator can give you access.',
  offline: 'You are offline',
  checkConnection: 'Check your connection, then try again.',
  tooSlow: 'Signing in takes too long',
  tryAgainSoon: 'Try again in a moment.',
  signInFailed: 'Signing in did not work',
  notKept: 'This browser does not keep the sign-in.',
  notKeptIn: 'This browser does not keep the sign-in inside {host}.',
} as const

/** A text for each of the names above. */
export type Texts = Readonly<Record<keyof typeof english, string>>
