// The core of the split script tag: the public names as one global. sockets.ts and session.ts add theirs.

import { createAuth } from '../auth.js'
import { tokenHooks } from '../carriers/token-hooks.js'
import { globalOf } from '../page/globals.js'
import { detectHost } from '../page/host.js'
import { openInTab } from '../page/open-in-tab.js'
import { AuthError, isAuthError } from '../shared/errors.js'

const names = { AuthError, createAuth, detectHost, isAuthError, openInTab, tokenHooks }
const twodoor = { ...globalOf<object>(window, 'twodoor'), ...names }

Object.assign(window, { twodoor })
