import type { Account } from './account.ts'
import type { Claim } from './claims.ts'
import type { Place } from './input-event.ts'
import type { Row } from './journal.ts'
import type { Step } from './story.ts'

export interface StepPosition {
  /** From 1. */
  readonly number: number
  readonly count: number
}

/** What was done, and what each side saw of it. */
export type Accounts = Readonly<Record<Place, Account>>

/** Shows the demo while it goes on. */
export interface View {
  /** What everything is, before it starts. */
  introduce(text: readonly string[]): void
  /** What is being waited for, until the next call of anything here. */
  wait(what: string): void
  /** From now on there are keys that can be down. */
  watch(accounts: Accounts): void
  beginStep(step: Step, position: StepPosition): void
  /** There is a new row, or more of the last one. */
  showRow(row: Row): void
  showClaim(claim: Claim): void
  /** Gives the terminal back as it was; what is printed then comes after the demo. */
  close(): void
}
