/** Something the demo is to prove. */
export interface Claim {
  /** What is claimed; once it is settled, with the numbers. */
  readonly text: string
  /** Undefined while it is open; what stays open is not proven. */
  readonly holds: boolean | undefined
}

/** What is claimed, in the order in which it is told. */
export class Claims<Name extends string> {
  onSettled: (claim: Claim) => void = () => {}
  readonly #claims: Record<Name, Claim>

  constructor(texts: Readonly<Record<Name, string>>) {
    const open = Object.entries<string>(texts).map(([name, text]) => [
      name,
      { text, holds: undefined },
    ])
    this.#claims = Object.fromEntries(open) as Record<Name, Claim>
  }

  get all(): readonly Claim[] {
    return Object.values(this.#claims)
  }

  get allHold(): boolean {
    return this.all.every(({ holds }) => holds === true)
  }

  /** @param numbers told behind the claim, in brackets */
  settle(name: Name, holds: boolean, numbers?: string): Claim {
    const { text } = this.#claims[name]
    const claim = { text: numbers === undefined ? text : `${text} (${numbers})`, holds }
    this.#claims[name] = claim
    this.onSettled(claim)
    return claim
  }
}
