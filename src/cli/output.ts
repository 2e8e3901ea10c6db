import { exitCodeOf } from '../errors.ts'

/** Where a command writes: results to `out`, errors and progress to `err`. */
export interface Output {
  out(text: string): void
  err(text: string): void
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number
  /** What was written and is not read yet. */
  readonly backlogBytes: number
}

const usualColumns = 80
const fewestColumns = 40

/** The output of this process. A reader that has gone (`evswitch devices | head`) is no error. */
export function processOutput(): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`evswitch: cannot write the output: ${error.code ?? error.message}\n`)
    process.exit(exitCodeOf('unexpected'))
  })
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    columns: Math.max(fewestColumns, process.stdout.columns ?? usualColumns),
    get backlogBytes() {
      return process.stdout.writableLength
    },
  }
}
