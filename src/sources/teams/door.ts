export { connect } from './connection.js'
export { createSso } from './sso.js'
