/** Things to undo, in the reverse order of their making. Each is undone once, even if another fails. */
export class Teardown {
  readonly #steps: (() => unknown)[] = []

  /** @param undo may be async */
  add(undo: () => unknown): void {
    this.#steps.push(undo)
  }

  /** Undoes everything; throws the first error when all is done. */
  async run(): Promise<void> {
    const errors: unknown[] = []
    for (let undo = this.#steps.pop(); undo !== undefined; undo = this.#steps.pop()) {
      try {
        await undo()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
