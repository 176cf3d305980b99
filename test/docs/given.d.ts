// What the code of the documents takes for given, beside what each of them says.

import type { Server as HttpServer } from 'node:http'
import type { Express, Request, Response } from 'express'
import type { ComponentType } from 'react'
import type { Root } from 'react-dom/client'
import type * as socketio from 'socket.io'
import type { AuthOptions } from 'twodoor'

declare global {
  const clientId: string
  const tenant: string
  const tenantId: string
  const scopes: string[]
  const options: AuthOptions

  const app: Express
  const request: Request
  const response: Response
  const httpServer: HttpServer
  const Server: typeof socketio.Server

  const signInButton: HTMLButtonElement
  const signOutButton: HTMLButtonElement
  const consentButton: HTMLButtonElement
  const profileButton: HTMLButtonElement
  const tabButton: HTMLButtonElement
  const stepUpButton: HTMLButtonElement
  const deleteButton: HTMLButtonElement
  const avatar: HTMLImageElement
  const profileName: HTMLElement
  const remedyText: HTMLElement
  const userName: HTMLElement
  const outcome: HTMLElement

  const root: Root
  const App: ComponentType<{ auth?: unknown }>
  const Chart: ComponentType<{ token: string }>
  const Photo: ComponentType<{ token: string }>
}
