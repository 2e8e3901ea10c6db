import type { Output } from './output.ts'

/** Whoever is so far behind does not read: 1 MiB are some thousand lines. */
export const backlogMaxBytes = 1024 * 1024

/**
 * For what goes on whether it is read or not: lines are left out, whole, while the reader is far behind, instead of
 * being kept in memory for it. How many is told with the next line that it is given.
 */
export function lossyOutput(output: Output, lostLine: (count: number) => string): Output {
  let lost = 0
  return {
    err: (text) => output.err(text),
    get columns() {
      return output.columns
    },
    get backlogBytes() {
      return output.backlogBytes
    },
    out: (line) => {
      if (output.backlogBytes > backlogMaxBytes) {
        lost++
        return
      }
      if (lost > 0) output.out(`${lostLine(lost)}\n`)
      lost = 0
      output.out(line)
    },
  }
}

/** The line of programs that read JSON. */
export function lostJson(count: number): string {
  return JSON.stringify({ event: 'lost', count })
}

/** The line of people. */
export function lostText(count: number): string {
  return `(${count} lines are left out: nobody had read those before)`
}
