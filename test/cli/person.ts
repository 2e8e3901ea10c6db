import type { Dialog } from '../../src/cli/ask.ts'

/** A person who gives these answers, and leaves when there are no more. */
export class Person implements Dialog {
  readonly said: string[] = []
  readonly questions: string[] = []
  readonly #answers: string[]

  constructor(...answers: string[]) {
    this.#answers = answers
  }

  say(text: string): void {
    this.said.push(text)
  }

  async ask(question: string): Promise<string | undefined> {
    this.questions.push(question)
    return this.#answers.shift()
  }
}
