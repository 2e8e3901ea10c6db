/** What one client, and all of them together, may cost the service. */
export const limits = {
  /** Connections, with those that have not said anything yet; one more is sent away. */
  clients: 64,
  /** Characters of a message; a longer one is answered by an error. */
  messageLength: 16 * 1024,
  /** Bytes of a frame; a longer one ends the connection (close code 1009). */
  frameBytes: 64 * 1024,
  /** Requests in one batch. */
  batch: 16,
  /** Bytes that wait for one client; who reads so slowly is dropped. */
  queueBytes: 256 * 1024,
  /** How long a connection may take to become a WebSocket. */
  handshakeMs: 2000,
  /** Log lines that are kept for those who ask later. */
  logLines: 256,
} as const
