// The engines that this machine has.

import { findChromium } from '../../scripts/chromium.js'
import { findFirefox, findWebKitGtk } from '../../scripts/engines.js'
import { chromium } from './chromium.js'
import type { Engine } from './engine.js'
import { firefox } from './firefox.js'
import { webKitGtk } from './webkit.js'

export function installedEngines(): Engine[] {
  const [chromiumPath, firefoxPath, webKit] = [findChromium(), findFirefox(), findWebKitGtk()]
  return [
    ...(chromiumPath ? [chromium] : []),
    ...(firefoxPath ? [firefox(firefoxPath)] : []),
    ...(webKit ? [webKitGtk(webKit)] : []),
  ]
}
