import { join } from 'node:path'
import type { Answers } from '../../src/control/connection.ts'
import type { Status } from '../../src/control/protocol.ts'
import { ControlServer } from '../../src/control/server.ts'
import { claimSocket } from '../../src/control/socket-claim.ts'
import { EvswitchError } from '../../src/errors.ts'
import { createFollowedLog } from '../../src/log.ts'
import { LogMemory } from '../../src/service/log-memory.ts'

const silence = { count: 0, meanNs: undefined, p50Ns: undefined, p99Ns: undefined }
const noLatency = { ...silence, p999Ns: undefined, maxNs: undefined }

export const someStatus: Status = {
  evswitch: '1.2.3',
  pid: 42,
  startedAt: '2026-01-01T10:00:00.000Z',
  config: undefined,
  active: 'host',
  activeSince: '2026-01-01T10:00:00.000Z',
  locked: false,
  targets: [{ name: 'host', consumed: true, consumedSince: undefined, nodes: [] }],
  devices: [],
  cloned: [],
  left: [],
  latency: { mouse: noLatency, key: noLatency, switch: noLatency, ungrab: noLatency },
  counters: {
    framesIn: 0,
    framesOut: 0,
    switches: 0,
    refusals: 0,
    panics: 0,
    drops: 0,
    writeErrors: 0,
    eventsLost: 0,
  },
  realtimePriority: 20,
  warnings: [],
}

/** Answers as a service would whose only guest is win10, and that keeps a list of what it was asked. */
export function someAnswers(asked: string[] = []): Answers {
  return {
    status: () => someStatus,
    switch: async ({ to }) => {
      asked.push(`switch ${to}`)
      if (to === 'win10') return { outcome: 'switched', target: to, active: to }
      throw new EvswitchError('unknown-target', 'there is no such target', {
        remedy: 'there are: host, win10',
      })
    },
    release: ({ target }) => {
      asked.push(target === undefined ? 'release' : `release ${target}`)
      return { outcome: target === undefined ? 'released' : 'repaired', active: 'host' }
    },
    reload: () => ({ changes: ['hotkeys: changed'], later: [] }),
    log: ({ lines = 1 }) => ({
      lines: Array.from({ length: Math.floor(lines) }, () => ({
        time: '2026-01-01T10:00:00.000Z',
        level: 'info' as const,
        msg: 'switched',
        data: { target: 'win10' },
      })),
    }),
  }
}

/** A server that listens. */
export interface OpenServer {
  readonly server: ControlServer
  readonly path: string
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** Listens in a directory, with these answers in the place of some. */
export async function openServer(
  directory: string,
  answers: Partial<Answers> = {},
): Promise<OpenServer> {
  const path = join(directory, 'control.sock')
  const asked: string[] = []
  const memory = new LogMemory()
  const claim = claimSocket(path, 'no-such-group')
  const { log } = await createFollowedLog({ level: 'silent' }, (line) => memory.add(line))
  const server = new ControlServer({
    answers: { ...someAnswers(asked), ...answers },
    version: '1.2.3',
    log,
  })
  await server.listen(claim)
  // As the service does it: what the server itself logs is told to its clients, too.
  memory.onLine = (line) => server.notify('log', line)
  const close = async () => {
    await server.close()
    claim.release()
  }
  return { server, path, asked, close }
}
