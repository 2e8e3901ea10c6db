import { messageOf } from '../../errors.ts'
import type { Clock } from '../protocol/clock.ts'
import { type CloseReason, closeReason } from '../protocol/close-reason.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { PeerRole } from './peer-list.ts'
import { PendingPeers } from './pending-peers.ts'
import { TrustedPeers } from './trusted-peers.ts'

/** Says who may be talked to, and remembers who may not, for the user to decide. */
export class Trust {
  readonly #trusted: TrustedPeers
  readonly #pending: PendingPeers
  readonly #failed: (error: unknown) => void

  /** @param failed is told when a file of the folder is of no use; then nobody is trusted */
  constructor(folder: string, clock: Clock, failed: (error: unknown) => void) {
    this.#trusted = new TrustedPeers(folder)
    this.#pending = new PendingPeers(folder, clock, failed)
    this.#failed = failed
  }

  /** Why the peer with this certificate, at that address, is not one of that name; undefined when it is. */
  distrust(
    role: PeerRole,
    name: string,
    fingerprint: Fingerprint,
    address: string,
  ): CloseReason | undefined {
    try {
      const judgement = this.#trusted.judge(role, name, fingerprint)
      if (judgement.verdict === 'trusted') return undefined
      this.#pending.add({ role, name: name.toLowerCase(), fingerprint }, address)
      if (judgement.verdict !== 'changed') return closeReason('untrusted', `sha256:${fingerprint}`)
      const both = `it was sha256:${judgement.expected}, it is sha256:${fingerprint}`
      return closeReason('certificate-changed', both)
    } catch (error) {
      this.#failed(error)
      return closeReason('untrusted', messageOf(error))
    }
  }

  /** Writes down who was remembered. */
  close(): void {
    this.#pending.flush()
  }
}
