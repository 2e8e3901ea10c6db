import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import type { Answers } from '../../src/control/connection.ts'
import { type OpenServer, openServer } from './listening.ts'

/** A directory of this test, gone at its end. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'evswitch-control-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface Listening extends Omit<OpenServer, 'close'> {
  connect(): Promise<ControlClient>
}

/** A server on a socket of its own, gone at the end of the test. */
export async function startServer(answers?: Partial<Answers>): Promise<Listening> {
  const { server, path, asked, close } = await openServer(temporaryDirectory(), answers)
  onTestFinished(close)
  const connect = async () => {
    const client = await ControlClient.connect(path)
    onTestFinished(() => client.close())
    return client
  }
  return { server, path, asked, connect }
}
