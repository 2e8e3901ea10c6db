/** Something that is wrong, or will be, with what it means and what cures it. */
export interface Finding {
  /** Stays the same, for scripts: 'acl-without-kvm'. */
  readonly id: string
  /** `error`: input does not work so. `warning`: it works, with a risk or a loss. `note`: good to know; nothing is wrong. */
  readonly severity: 'error' | 'warning' | 'note'
  /** What was found: one line. */
  readonly what: string
  /** Why it matters for input. */
  readonly why: string
  /** Commands, or a sentence, for people who do it by hand. */
  readonly fix: string
  /** What `--fix` does; none where it takes a person to decide. */
  readonly repair?: Repair
}

/** Changes, in this order; the first that fails ends it. */
export type Repair = readonly Change[]

export type Change =
  /** Puts content in the place of a file, or makes one. */
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  /** Runs a program; `undo` says how a person takes it back. */
  | { readonly kind: 'run'; readonly command: readonly string[]; readonly undo: string }
