import type { ErrorCode } from '../errors.ts'
import type { Setting } from './setting.ts'

/** What is wrong between settings that are right by themselves. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: ErrorCode
  /** The settings that it is about, the one to change first. */
  readonly places: readonly Setting<unknown>[]
  /** Whether the lines of all of them are shown. Default: false, only the first. */
  readonly showsAll?: boolean
  readonly message: string
  readonly remedy: string | undefined
}

/** Where the other one stands: ' (line 3)'. */
export function seen({ origin }: Setting<unknown>): string {
  switch (origin.kind) {
    case 'default':
      return ' (by default)'
    case 'file':
      return ` (line ${origin.range.start.line})`
    case 'option':
      return ''
  }
}
