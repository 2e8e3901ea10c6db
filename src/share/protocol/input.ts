/** A key as it goes over the wire. */
export interface Key {
  /** What it means: a character, or one of the protocol's own numbers. */
  readonly id: number
  /** Modifiers and locks before it was pressed or released. */
  readonly mask: number
  /** Which one it is: its releases have the same. */
  readonly button: number
}

/** Buttons of a mouse are 1 to 5. Clients look larger ones up behind the end of a table. */
export const mouseButtons = 5

/** What is spoken: 1.3 to 1.8. Before that there was no keep-alive. */
export const versions = { MAJOR: 1, MINOR_MIN: 3, MINOR_MAX: 8 } as const

/** Names as Barrier has them: words of letters, digits, lines and underlines, with dots between. */
export function isScreenName(name: string): boolean {
  return /^[a-z\d_](?:[a-z\d_-]*[a-z\d_])?(?:\.[a-z\d_](?:[a-z\d_-]*[a-z\d_])?)*$/i.test(name)
}
