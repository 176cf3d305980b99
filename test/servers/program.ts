import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Program {
  /** Ends it, and resolves when it has ended. */
  close(): Promise<void>
}

/** Between two attempts to reach a program that is starting. */
const PAUSE_MS = 20

/** Starts a program and waits until it listens. */
export async function startProgram(path: string, argv: readonly string[], port: number): Promise<Program> {
  const child = spawn(path, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data) => {
    said += data
  })
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`${path} has ended: ${said}`)
    await new Promise((done) => setTimeout(done, PAUSE_MS))
  }
  return { close: () => end(child) }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
