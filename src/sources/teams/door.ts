export { openTeams } from './teams.js'
