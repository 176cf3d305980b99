import express from 'express'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { createHandler } from 'graphql-http/lib/use/express'
import { createVerifier, requireAuth } from 'twodoor/server'

const { CLIENT_ID, TENANT_ID, PORT = '3000' } = process.env

const guard = requireAuth(createVerifier({ clientId: CLIENT_ID, tenants: [TENANT_ID] }))

const query = new GraphQLObjectType({
  name: 'Query',
  fields: { me: { type: GraphQLString, resolve: (_root, _args, { key }) => key } },
})
const schema = new GraphQLSchema({ query })

const app = express()
app.use('/graphql', guard.express, createHandler({ schema, context: ({ raw }) => guard.identity(raw) }))

const server = app.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}`))
