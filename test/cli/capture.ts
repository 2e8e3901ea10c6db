import { runProgram } from '../../src/cli/program.ts'

export interface Captured {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process and returns what a terminal of that width would show. */
export async function capture(args: readonly string[], columns = 80): Promise<Captured> {
  const captured = { out: '', err: '' }
  const code = await runProgram(args, {
    out: (text) => {
      captured.out += text
    },
    err: (text) => {
      captured.err += text
    },
    columns,
    backlogBytes: 0,
  })
  return { ...captured, code }
}
