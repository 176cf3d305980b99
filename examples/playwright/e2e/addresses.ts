export const APP = 'http://localhost:4790'
export const TEAMS = 'https://teams.microsoft.com'
