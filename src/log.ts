import { type DestinationStream, type Logger, pino } from 'pino'
import type { LogLevel } from './log-levels.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  /** Default: 'info'. */
  readonly level?: LogLevel
  /** Lines for people instead of JSON. Default: whether stderr is a terminal. */
  readonly pretty?: boolean
  /** Where the lines go. Default: stderr, written at once, so that none is lost when the process dies. */
  readonly destination?: DestinationStream
}

/** A log whose level can change, and that somebody follows. */
export interface FollowedLog {
  readonly log: Logger
  setLevel(level: LogLevel): void
}

const stderrFd = 2

/**
 * The program's log: one JSON object a line on stderr.
 *
 * Messages are constant and lower-case, data goes into fields: `log.warn({ node }, 'device is not readable')`.
 * Key codes and values of events never go into a log, at no level: an input router must not be a keylogger.
 */
export async function createLogger(options: LogOptions = {}): Promise<Logger> {
  return pino({ ...settings, level: options.level ?? 'info' }, await destinationOf(options))
}

/** The same, with an ear that is told each line from 'info' on as JSON, whatever the level is. */
export async function createFollowedLog(
  options: LogOptions,
  ear: (line: string) => void,
): Promise<FollowedLog> {
  const fork = new Fork(await destinationOf(options), ear)
  const log = pino(settings, fork)
  const setLevel = (level: LogLevel) => {
    fork.level = numberOf(level)
    log.level = numberOf(level) < numberOf('info') ? level : 'info'
  }
  setLevel(options.level ?? 'info')
  return { log, setLevel }
}

const settings = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
}

async function destinationOf(options: LogOptions): Promise<DestinationStream> {
  const { pretty = process.stderr.isTTY === true, destination } = options
  if (pretty) return await prettyStream(destination)
  return destination ?? pino.destination({ fd: stderrFd, sync: true })
}

function numberOf(level: LogLevel): number {
  return level === 'silent' ? Number.POSITIVE_INFINITY : (pino.levels.values[level] ?? 0)
}

/** pino says the level of each line to a stream that has this. */
const wantsLevel = Symbol.for('pino.metadata')

/** Hands lines of the level on, and those from 'info' on to the ear. */
class Fork implements DestinationStream {
  readonly [wantsLevel] = true
  lastLevel = 0
  level = 0
  readonly #destination: DestinationStream
  readonly #ear: (line: string) => void

  constructor(destination: DestinationStream, ear: (line: string) => void) {
    this.#destination = destination
    this.#ear = ear
  }

  write(line: string): void {
    if (this.lastLevel >= this.level) this.#destination.write(line)
    if (this.lastLevel >= numberOf('info')) this.#ear(line)
  }
}

/** pino-pretty takes 20 ms to load, so only a terminal pays for it. */
async function prettyStream(
  destination: DestinationStream | undefined,
): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    colorize: destination === undefined && process.env['NO_COLOR'] === undefined,
    destination: destination ?? stderrFd,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
}
