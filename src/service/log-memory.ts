import { limits } from '../control/limits.ts'
import type { LogLine } from '../control/protocol.ts'
import { logLevels } from '../log-levels.ts'

/** The last lines of the log, for those who ask later; and one who is told each as it comes. */
export class LogMemory {
  readonly #lines: LogLine[] = []
  /** Is told each line. */
  onLine: (line: LogLine) => void = () => {}

  /** @param text a line as pino writes it */
  add(text: string): void {
    const { time, level, msg, ...data } = JSON.parse(text) as Record<string, unknown>
    const line: LogLine = {
      time: String(time),
      level: logLevels.find((known) => known === level) ?? 'info',
      msg: String(msg ?? ''),
      data: Object.keys(data).length === 0 ? undefined : data,
    }
    this.#lines.push(line)
    if (this.#lines.length > limits.logLines) this.#lines.shift()
    this.onLine(line)
  }

  /** The oldest first. */
  last(count: number): LogLine[] {
    return count === 0 ? [] : this.#lines.slice(-count)
  }
}
