import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codes } from '../../src/engine/code-table.ts'
import type { SinkEvent } from '../../src/engine/types.ts'
import { encodeFrame, FrameReader } from '../../src/share/link/records.ts'
import { readTargetLine } from '../../src/share/link/target-line.ts'

const here = encodeFrame([{ type: codes.EV_MSC, code: codes.MSC_RAW, value: 1 }])

/** A connection, as the share has it. */
export interface Taken {
  readonly target: string
  readonly socket: Socket
  readonly told: SinkEvent[]
}

/** A share whose screens are all connected, as long as it is open. */
export class ScreenShare {
  readonly #folder = mkdtempSync(join(tmpdir(), 'evswitch-screens-'))
  readonly path = join(this.#folder, 'serve.sock')
  /** All connections that there were. */
  readonly taken: Taken[] = []
  #server: Server | undefined

  async open(): Promise<void> {
    const server = createServer((socket) => this.#take(socket))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.path, resolve))
  }

  close(): void {
    this.#server?.close()
    this.#server = undefined
    for (const { socket } of this.taken) socket.destroy()
  }

  remove(): void {
    this.close()
    rmSync(this.#folder, { recursive: true })
  }

  #take(socket: Socket): void {
    const told: SinkEvent[] = []
    const reader = new FrameReader()
    let rest: Buffer | undefined = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      socket.write(here)
      if (rest === undefined) return void told.push(...(reader.push(chunk) ?? []).flat())
      rest = Buffer.concat([rest, chunk])
      const line = readTargetLine(rest)
      if (line === 'more' || line === undefined) return
      this.taken.push({ target: line.name, socket, told })
      told.push(...(reader.push(rest.subarray(line.size)) ?? []).flat())
      rest = undefined
    })
  }
}
