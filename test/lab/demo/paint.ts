import type { Side } from './input-event.ts'

type Style = 'bold' | 'dim' | 'good' | 'bad' | Side

const codes: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  good: '32',
  bad: '31',
  host: '36',
  guest: '33',
}

/** Colours, where there may be any. */
export class Paint {
  readonly #hasColour: boolean

  constructor(hasColour: boolean) {
    this.#hasColour = hasColour
  }

  /** The text in a style; to be padded before, since what is added has no width. */
  apply(style: Style, text: string): string {
    return this.#hasColour && text !== '' ? `\x1b[${codes[style]}m${text}\x1b[0m` : text
  }
}

/** As Node judges the terminal, and https://no-color.org. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const wanted = (process.env['NO_COLOR'] ?? '') === ''
  return new Paint(wanted && stream.isTTY === true && stream.hasColors())
}
