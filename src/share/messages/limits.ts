/** What one packet of a peer may be. All of it is checked before anything is allocated. */
export const limits = {
  /** Bytes of a packet before the peer has said who it is. */
  helloBytes: 1024,
  /** Bytes of any later packet: the longest clipboard piece with what stands around it. */
  packetBytes: 1024 * 1024 + 64,
  /** Bytes of a piece of clipboard or file. */
  blobBytes: 1024 * 1024,
  /** Bytes of a language, or of a program's name. */
  textBytes: 1024,
  /** Bytes of a screen's name. */
  nameBytes: 255,
  /** Pairs in one list of options; real servers send less than 30. */
  options: 256,
} as const
