/** From the most to say to nothing at all. Apart from the log itself, which not everybody who names a level loads. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
