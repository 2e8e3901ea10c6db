import type { LogLine } from '../control/protocol.ts'
import { printable } from '../devices/sanitize.ts'

/** A line of the log for people: the time of day, the level where it is worth a look, what happened to what. */
export function logLineText({ time, level, msg, data }: LogLine): string {
  const at = new Date(time)
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
  const mark = level === 'info' || level === 'debug' || level === 'trace' ? '' : ` ${level}:`
  return [`${clock}${mark} ${printable(msg)}`, ...fieldTexts(data)].join('  ')
}

function fieldTexts(data: unknown): string[] {
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).map(([name, value]) => `${name}=${valueText(value)}`)
}

function valueText(value: unknown): string {
  return printable(typeof value === 'string' && value !== '' ? value : JSON.stringify(value))
}
