import { join } from 'node:path'
import type { Clock } from '../protocol/clock.ts'
import { type Peer, peerLine, readPeers } from './peer-list.ts'
import { readSmallFile, writeSmallFile } from './small-file.ts'

/** One that knocked and is not trusted. */
export interface PendingPeer extends Peer {
  /** Where it came from. */
  readonly address: string
  /** When, last; ISO 8601. */
  readonly seen: string
}

const pendingMax = 32
/** One computer cannot push out what others left. */
const perAddressMax = 4
/** The file is written no more often, however many knock. */
const writeMs = 1000

const head =
  '# Certificates that evswitch has seen and does not trust. `evswitch share trust` shows them.\n'

function pendingFile(folder: string): string {
  return join(folder, 'pending')
}

/** Those that knocked lately, newest last. What the file says is what strangers said. */
export function readPending(folder: string): PendingPeer[] {
  const path = pendingFile(folder)
  const file = readSmallFile(path)
  if (file === undefined) return []
  return readPeers(file.text, path).map(({ rest: [address = '', seen = ''], ...peer }) => {
    return { ...peer, address, seen }
  })
}

/**
 * Remembers who knocked, for the user to look at: nobody is asked anything because a stranger connects. There is room for few, and
 * the oldest go first.
 */
export class PendingPeers {
  readonly #folder: string
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #peers: PendingPeer[] | undefined
  #cancelWrite: (() => void) | undefined

  /** @param failed is told when the file cannot be written */
  constructor(folder: string, clock: Clock, failed: (error: unknown) => void) {
    this.#folder = folder
    this.#clock = clock
    this.#failed = failed
  }

  add(peer: Peer, address: string, now = new Date()): void {
    const others = this.#known().filter((other) => !isSame(other, peer))
    const neighbours = others.filter((other) => other.address === address)
    const tooMany = new Set(neighbours.slice(0, Math.max(0, neighbours.length + 1 - perAddressMax)))
    const kept = others.filter((other) => !tooMany.has(other)).slice(1 - pendingMax)
    this.#peers = [...kept, { ...peer, address, seen: now.toISOString() }]
    this.#cancelWrite ??= this.#clock.after(writeMs, () => this.flush())
  }

  /** Writes what waits to be written. */
  flush(): void {
    if (this.#cancelWrite === undefined) return
    this.#cancelWrite()
    this.#cancelWrite = undefined
    const lines = this.#known().map((peer) => peerLine(peer, peer.address, peer.seen))
    try {
      writeSmallFile(pendingFile(this.#folder), head + lines.join(''), 0o600)
    } catch (error) {
      this.#failed(error)
    }
  }

  #known(): PendingPeer[] {
    if (this.#peers === undefined) {
      try {
        this.#peers = readPending(this.#folder)
      } catch (error) {
        this.#failed(error)
        this.#peers = []
      }
    }
    return this.#peers
  }
}

function isSame(one: Peer, other: Peer): boolean {
  return one.role === other.role && one.name === other.name && one.fingerprint === other.fingerprint
}
