// How a host says that it does not do what it was asked for, in the form that teams-js reads for each function.

import type { HostAnswer } from './wire.js'

/** `ErrorCode.NOT_SUPPORTED_ON_PLATFORM` of teams-js. */
const NOT_SUPPORTED = { errorCode: 100, message: 'The emulated host does not support this.' }
/** The only code that the capabilities of external apps take for an error. */
const NO_EXTERNAL_APP = { ...NOT_SUPPORTED, errorCode: 'INTERNAL_ERROR' }

/** teams-js reads `[succeeded, reason]`. */
const WITH_REASON = new Set([
  'appInstallDialog.openAppInstallDialog',
  'calendar.composeMeeting',
  'calendar.openCalendarItem',
  'call.startCall',
  'chat.openChat',
  'conversations.openConversation',
  'mail.composeMail',
  'mail.openMailItem',
  'messageForChild',
  'messageForParent',
  'navigateBack',
  'search.closeSearch',
  'uploadCustomApp',
])

/** teams-js reads `[succeeded, error]`. */
const WITH_STATUS = /^externalAppAuthentication\.authenticate(AndResendRequest|With(SSO|Oauth2|PowerPlatform)\w*)$/

/** teams-js reads one object that holds pieces of a file, or an error. */
const IN_PIECES = new Set(['getMedia', 'thirdPartyCloudStorage.getDragAndDropFiles'])

/** The answer to a function that the host does not have. Most read an error first, and so does everything unknown. */
export function unsupportedAnswer(func: string): NonNullable<HostAnswer> {
  if (WITH_REASON.has(func)) return [false, NOT_SUPPORTED.message]
  if (WITH_STATUS.test(func)) return [false, NO_EXTERNAL_APP]
  if (func.startsWith('externalApp')) return [NO_EXTERNAL_APP]
  if (IN_PIECES.has(func)) return [{ error: NOT_SUPPORTED }]
  if (func === 'tasks.startTask') return [NOT_SUPPORTED.message]
  return [NOT_SUPPORTED]
}
