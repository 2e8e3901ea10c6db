import type { Device } from '../devices/device.ts'
import { sourceEntry } from './source-entries.ts'

const begin = '# Chosen by evswitch setup; evswitch setup --undo takes out all down to the end.'
const end = '# The end of what evswitch setup chose.'

/**
 * A configuration with `[[source]]` tables for these devices, in a block of its own at its end, in place of the one
 * that was there. A device that it names elsewhere is left out. `text` is undefined where there is no file yet.
 */
export function withSourceBlock(text: string | undefined, devices: readonly Device[]): string {
  const rest = withoutSourceBlock(text)
  const lines = new Set((rest ?? '').split('\n').map((line) => line.trim()))
  const tables = devices
    .map(sourceEntry)
    .filter((entry) => !entry.some((line) => line.startsWith('device') && lines.has(line)))
  const block = [begin, ...tables.flatMap((entry) => [...entry, '']), end, ''].join('\n')
  // One line break, whatever stands before it: taken out again, every other byte is as it was.
  return rest === undefined ? block : `${rest}\n${block}`
}

/** The same without the block; undefined where nothing else was in the file, and it is to go with it. */
export function withoutSourceBlock(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const from = text.startsWith(begin) ? 0 : text.indexOf(`\n${begin}`)
  const to = text.indexOf(`\n${end}\n`, from)
  if (from < 0 || to < 0) return text
  const after = text.slice(to + end.length + 2)
  return from === 0 && text.startsWith(begin) && after === ''
    ? undefined
    : text.slice(0, from) + after
}
