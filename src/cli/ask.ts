import { createInterface } from 'node:readline/promises'

/** Asks the person at the terminal; Enter means yes, and so does a standard input that is no terminal. */
export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} [Y/n] `)
    return /^(y|yes|)$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
