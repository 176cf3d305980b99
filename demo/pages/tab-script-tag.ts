import { openDoor } from './door.js'
import { mainOf } from './elements.js'
import { keepKnownHosts } from './known-hosts.js'
import { libraryOfScriptTags } from './script-tags.js'

keepKnownHosts()
openDoor(libraryOfScriptTags(), { door: 'teams', root: mainOf(document) })
