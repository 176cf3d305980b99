import { acrossOrigins, line, plant, type SecurityLine, unit } from './security-line.js'

export const popupLines: readonly SecurityLine[] = [
  line(
    'S63',
    plant(
      'src/popup/run-popup.ts',
      'authorizeUrl(window.location, settings,',
      'authorizeUrl(window.location, { ...settings, ...Object.fromEntries(new URLSearchParams(window.location.search)) },',
    ),
    unit('popup/run-popup.test.ts', 'goes nowhere else and for no other app, whatever a link says'),
    unit('popup/run-popup.test.ts', 'does nothing in a frame'),
    acrossOrigins('popup.test.ts', 'goes to the app’s own Entra ID, for the app alone, whatever a link says'),
  ),
  line(
    'S64',
    plant('src/popup/answer-host.ts', 'notifySuccess(answer.id)', 'notifySuccess(String(answer.response))'),
    unit('popup/run-popup.test.ts', 'tells the host of the consent, and nothing but what it was opened with'),
    unit('popup/run-popup.test.ts', 'tells it of a refusal by its code and number alone'),
    acrossOrigins('popup.test.ts', 'that a page elsewhere opens tells it nothing'),
  ),
  line(
    'S65',
    plant('src/sources/msal/popup-window.ts', ' || !isResponseTo({ id }, data)', ''),
    unit('sources/msal/popup-window.test.ts', 'takes nothing else'),
    unit('popup/run-popup.test.ts', 'takes a response once, and none with another state'),
    acrossOrigins('popup.test.ts', 'that a link opens with a response takes it to nobody'),
  ),
  line(
    'S66',
    plant('src/sources/teams/popup.ts', 'result === id', 'result'),
    unit('sources/teams/popup.test.ts', 'gives nothing for a result %s'),
  ),
  line(
    'S67',
    plant(
      'src/sources/msal/popup-window.ts',
      "interrupted.addEventListener('abort', interrupt, { signal: settled.signal })",
      '',
    ),
    unit('sources/msal/popup-window.test.ts', 'ends at once with a sign-out, and sends nobody anywhere after one'),
    acrossOrigins('popup.test.ts', 'takes no answer of a pop-up that it could not close after a sign-out'),
  ),
  line(
    'S68',
    plant('src/account/sign-in.ts', 'if (context.isOwn(scopes)) return', 'if (context.isOwn(token.scopes)) return'),
    unit('account/sign-in.test.ts', 'for other scopes takes no token for the own ones, whatever the scopes in it say'),
    unit('sources/msal/popup.test.ts', 'for other scopes that another account consents to: who was there %s'),
    unit('sources/msal/redirect.test.ts', 'for other scopes that another account consents to: who was there %s'),
    acrossOrigins('popup.test.ts', 'is not switched to another account that consents'),
    acrossOrigins('redirect.test.ts', 'switches no account, whoever gives it'),
  ),
  line(
    'S69',
    plant('src/page/open-in-tab.ts', 'opened.opener = null', ''),
    unit('page/open-in-tab.test.ts', 'opens %j of this origin, which gets no hold of the frame'),
    unit('page/open-in-tab.test.ts', 'refuses %j'),
  ),
]
