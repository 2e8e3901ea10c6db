import { createRequire } from 'node:module'
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogOptions {
  /** Default: 'info'. */
  readonly level?: LogLevel
  /** Lines for people instead of JSON. Default: whether stderr is a terminal. */
  readonly pretty?: boolean
  /** Where the lines go. Default: stderr, written at once, so that none is lost when the process dies. */
  readonly destination?: DestinationStream
}

const stderrFd = 2

/**
 * The program's log: one JSON object a line on stderr.
 *
 * Messages are constant and lower-case, data goes into fields: `log.warn({ node }, 'device is not readable')`.
 * Key codes and values of events never go into a log, at no level: an input router must not be a keylogger.
 */
export function createLogger(options: LogOptions = {}): Logger {
  const { level = 'info', pretty = process.stderr.isTTY === true } = options
  const settings = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (pretty) return pino(settings, prettyStream(options.destination))
  return pino(settings, options.destination ?? pino.destination({ fd: stderrFd, sync: true }))
}

/** pino-pretty takes 20 ms to load, so only a terminal pays for it. */
function prettyStream(destination: DestinationStream | undefined): DestinationStream {
  const prettyFactory = createRequire(import.meta.url)('pino-pretty') as (
    options: object,
  ) => DestinationStream
  return prettyFactory({
    colorize: destination === undefined && process.env['NO_COLOR'] === undefined,
    destination: destination ?? stderrFd,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
}
