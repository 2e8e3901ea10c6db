import { createInterface } from 'node:readline/promises'

/** Where questions go, and answers come from. */
export interface Dialog {
  say(text: string): void
  /** The answer without space around it; undefined when the person left: Ctrl+C, Ctrl+D, a terminal that is gone. */
  ask(question: string): Promise<string | undefined>
}

interface Streams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const terminal: Streams = { input: process.stdin, output: process.stderr }

/** Asks one question; the answer as `Dialog` has it. */
export async function askLine(
  question: string,
  streams: Streams = terminal,
): Promise<string | undefined> {
  const lines = createInterface(streams)
  const left = new AbortController()
  lines.once('close', () => left.abort())
  lines.once('SIGINT', () => lines.close())
  try {
    return (await lines.question(question, { signal: left.signal })).trim()
  } catch (error) {
    if (left.signal.aborted) return undefined
    throw error
  } finally {
    lines.close()
  }
}

/** Whether an answer is a yes; Enter is one. */
export function isYes(answer: string | undefined): boolean {
  return answer !== undefined && /^(y|yes|)$/i.test(answer)
}

/** Asks the person at the terminal; Enter means yes, and so does a standard input that is no terminal. */
export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  return isYes(await askLine(`${question} [Y/n] `))
}
