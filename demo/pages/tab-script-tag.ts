import { openDoor } from './door.js'
import { libraryOfScriptTags } from './script-tags.js'

openDoor(libraryOfScriptTags(), { door: 'teams', root: document.body })
