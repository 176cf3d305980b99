import { libraryOfScriptTags } from './script-tags.js'
import { openStage } from './stage.js'

openStage(libraryOfScriptTags(), 'script-tag')
