/** A place in a file: line and column from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From the first character to the one behind the last. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly range: Range }
  /** On the command line: '--hotkey'. */
  | { readonly kind: 'option'; readonly option: string }

export interface Setting<T> {
  readonly value: T
  readonly origin: Origin
}

/** The place in the file, undefined for what no file says. */
export function rangeOf(setting: Setting<unknown>): Range | undefined {
  return setting.origin.kind === 'file' ? setting.origin.range : undefined
}
