/** What the system knows of the way to a peer. */
export interface WayState {
  /** There and back, without what a program does in between. */
  readonly roundTripMs: number
  /** Since the last sign of life of the peer's system, whatever its program does. It is asked for one each second. */
  readonly quietMs: number
}

/** The way to a peer: a socket, or what stands for one in tests. */
export interface Wire {
  write(bytes: Buffer): void
  /** What was written still goes out, then the connection ends, also with a peer that does not read. */
  end(): void
  /** Bytes that the system has not taken yet. */
  readonly queuedBytes: number
  /** Undefined where the system does not know. */
  readonly state?: WayState | undefined
}

/** More bytes that wait for a peer show that it does not read. They are some thousands of messages. */
export const queueBytesMax = 64 * 1024
