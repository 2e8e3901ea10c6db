import { closeSync } from 'node:fs'
import { connectMessages, receiveMessage, sendMessage } from '../native/message.ts'
import type { Environment, Notify } from './notify-socket.ts'

/** A descriptor that an earlier process left. */
export interface StoredDescriptor {
  readonly name: string
  readonly descriptor: number
}

/** What keeps descriptors of nodes while no evswitch runs. */
export interface NodeStore {
  /** What is kept; the descriptors are the caller's, and the store has its own. To be called once. */
  stored(): Promise<readonly StoredDescriptor[]>
  /** Keeps a duplicate of a descriptor. */
  keep(name: string, descriptor: number): Promise<void>
  forget(name: string): Promise<void>
}

/** Of sd_listen_fds(3). */
const firstDescriptor = 3

/** The store that systemd has for each unit with FileDescriptorStoreMax. */
export function systemdStore(
  notify: Notify,
  env: Environment = process.env,
  pid = process.pid,
): NodeStore {
  return {
    stored: async () => listenDescriptors(env, pid),
    keep: async (name, descriptor) => {
      // FDPOLL=0: a node never hangs up, and what uinput answers to poll() says nothing about it.
      await notify(['FDSTORE=1', `FDNAME=${name}`, 'FDPOLL=0'], descriptor)
    },
    forget: async (name) => await notify(['FDSTOREREMOVE=1', `FDNAME=${name}`]),
  }
}

function listenDescriptors(env: Environment, pid: number): StoredDescriptor[] {
  if (Number(env['LISTEN_PID']) !== pid) return []
  const count = Number(env['LISTEN_FDS'] ?? 0)
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':')
  return Array.from({ length: count }, (_, index) => ({
    name: names[index] ?? 'unknown',
    descriptor: firstDescriptor + index,
  }))
}

/** It answers at once, or is gone. */
const answerMs = 5000

/** The store that native/holder is, for systems without systemd. Throws 'unexpected' when nobody listens there. */
export function holderStore(path: string): NodeStore {
  const socket = connectMessages(path, 'seqpacket')
  const send = async (lines: readonly string[], descriptor?: number) => {
    const bytes = Buffer.from(lines.join('\n'))
    await sendMessage(socket, bytes, descriptor === undefined ? {} : { descriptor })
  }
  return {
    stored: async () => {
      await send(['LIST=1'])
      const found: StoredDescriptor[] = []
      for (;;) {
        const message = await receiveMessage(socket, answerMs)
        const [, name] = /^FDNAME=(.+)$/.exec(message?.bytes.toString() ?? '') ?? []
        if (name === undefined) {
          if (message?.descriptor !== undefined) closeSync(message.descriptor)
          return found
        }
        if (message?.descriptor !== undefined) found.push({ name, descriptor: message.descriptor })
      }
    },
    keep: async (name, descriptor) => await send(['FDSTORE=1', `FDNAME=${name}`], descriptor),
    forget: async (name) => await send(['FDSTOREREMOVE=1', `FDNAME=${name}`]),
  }
}
