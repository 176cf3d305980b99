import { mainOf } from '../../src/cli/dev/page/elements.js'
import { openDoor } from './door.js'
import { keepKnownHosts } from './known-hosts.js'
import { libraryOfScriptTags } from './script-tags.js'

keepKnownHosts()
openDoor(libraryOfScriptTags(), { door: 'teams', root: mainOf(document) })
