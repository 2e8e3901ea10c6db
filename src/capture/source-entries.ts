import { accessSync, appendFileSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileBytesMax } from '../config/limits.ts'
import { tomlText } from '../config/toml-text.ts'
import type { Device } from '../devices/device.ts'
import { printable } from '../devices/sanitize.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import { kindWords } from './words.ts'

/**
 * A `[[source]]` table of the configuration for a device, lines without their ends. The device is named by
 * its identity, which survives replugs.
 */
export function sourceEntry(device: Device): string[] {
  return [
    '[[source]]',
    `# ${device.name}: ${kindWords(device)}`,
    `device = ${tomlText(device.identity)}`,
  ]
}

/** Throws what would stand in the way of `appendSources`, before a person has done their part. */
export function checkAppendable(path: string): void {
  const content = readExisting(path)
  if (content !== undefined) checkContent(content, path)
  try {
    accessSync(content === undefined ? dirname(path) : path, constants.W_OK)
  } catch (error) {
    throw fileError(path, error)
  }
}

/**
 * Appends a `[[source]]` table for each device to a TOML file, which is made when it is not there; what stands
 * in it stays as it is. A device that it names already is left out. Returns the devices that were added.
 *
 * Throws 'no-permission', 'not-configured' (it is not a file that tables can be appended to).
 */
export function appendSources(path: string, devices: readonly Device[]): Device[] {
  const content = readExisting(path) ?? ''
  checkContent(content, path)
  const lines = new Set(content.split('\n').map((line) => line.trim()))
  const added = devices.filter(
    (device) => !sourceEntry(device).some((line) => line.startsWith('device') && lines.has(line)),
  )
  if (added.length === 0) return []
  const tables = added.map((device) => `${sourceEntry(device).join('\n')}\n`)
  const gap = content === '' ? '' : content.endsWith('\n') ? '\n' : '\n\n'
  try {
    appendFileSync(path, gap + tables.join('\n'))
  } catch (error) {
    throw fileError(path, error)
  }
  return added
}

/** Undefined where there is no file yet. */
function readExisting(path: string): string | undefined {
  try {
    const status = statSync(path)
    if (!status.isFile()) throw unusable(path, 'it is not a file')
    if (status.size > fileBytesMax) throw unusable(path, 'it is too large')
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof EvswitchError) throw error
    if (errnoName(error) === 'ENOENT') return undefined
    throw fileError(path, error)
  }
}

/** What would make the file another, or none, with tables behind it. */
function checkContent(content: string, path: string): void {
  if (content.includes('\0') || content.includes('\ufffd')) throw unusable(path, 'it is not text')
  if (
    /^\s*(source|"source"|'source')\s*[=.]/m.test(content) ||
    /^\s*\[\s*source\s*\]/m.test(content)
  ) {
    throw unusable(path, 'it has a "source" of another form')
  }
  const quotes = (content.match(/"""|'''/g) ?? []).length
  if (quotes % 2 === 1) throw unusable(path, 'a text in it has no end')
}

function unusable(path: string, reason: string): EvswitchError {
  return new EvswitchError(
    'not-configured',
    `cannot add sources to ${printable(path)}: ${reason}`,
    { remedy: 'name a TOML file, or one that is not there yet' },
  )
}

function fileError(path: string, error: unknown): EvswitchError {
  const errno = errnoName(error) ?? 'unknown error'
  const denied = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS'
  return new EvswitchError(
    denied ? 'no-permission' : 'not-configured',
    `cannot write ${printable(path)}: ${errno}`,
    {
      remedy: denied
        ? 'run it with sudo, or name another file'
        : 'name a file in a folder that is there',
    },
  )
}
