import { closeSync, constants, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { release } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { printable } from '../devices/sanitize.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import {
  type RecordingEntry,
  RecordingReader,
  recordingLimits,
  recordingLine,
} from './recording.ts'

/** Lines are gathered up to this size and then written. */
const batchBytes = 64 * 1024
const readBytes = 64 * 1024

/**
 * Writes a recording to a new file that only its owner can read: it holds keystrokes. A file that is there
 * already is never overwritten.
 */
export class RecordingWriter {
  readonly #path: string
  /** The path as it may be printed. */
  readonly #name: string
  readonly #fd: number
  #lines: string[] = []
  #gathered = 0
  #written = 0
  #frames = 0
  #isOpen = true

  /** Throws 'bad-recording' when the file is there, 'no-permission', 'unexpected'. */
  constructor(path: string) {
    this.#path = path
    this.#name = printable(path)
    try {
      this.#fd = openSync(path, 'wx', 0o600)
    } catch (error) {
      throw fileError('write', this.#name, error)
    }
    this.#write({ kind: 'header', kernel: release() })
  }

  /** Adds a device, a frame or a departure. Throws when the disk is full or a limit is met. */
  add(entry: RecordingEntry): void {
    if (entry.kind === 'frame') this.#frames++
    if (entry.kind === 'device' && entry.device.device >= recordingLimits.devices) {
      throw new EvswitchError('unexpected', `${this.#name} has too many devices: recording ends`, {
        remedy: `a recording has ${recordingLimits.devices} devices at most`,
      })
    }
    this.#write(entry)
  }

  /** Writes what is gathered, so that a crash costs little. */
  flush(): void {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#gathered = 0
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
      this.#written += bytes.length
    } catch (error) {
      throw fileError('write', this.#name, error)
    }
  }

  /** Writes the end and closes the file. Idempotent. */
  finish(lostEvents: number): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#write({ kind: 'end', frames: this.#frames, lostEvents })
      this.flush()
    } finally {
      closeSync(this.#fd)
    }
  }

  /** Closes the file without an end, after an error; a file in which nothing stands yet goes away. */
  abandon(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
    if (this.#written === 0) rmSync(this.#path, { force: true })
  }

  #write(entry: RecordingEntry): void {
    const line = `${recordingLine(entry)}\n`
    this.#lines.push(line)
    this.#gathered += line.length
    if (this.#written + this.#gathered > recordingLimits.fileBytes) {
      throw new EvswitchError('unexpected', `${this.#name} has become too large: recording ends`, {
        remedy: `a recording has ${recordingLimits.fileBytes / 1024 ** 3} GiB at most`,
      })
    }
    if (this.#gathered >= batchBytes) this.flush()
  }
}

/**
 * Reads a recording of any length with little memory. Everything before a fault is given out, then the
 * fault is thrown: 'bad-recording' with the line, or why the file cannot be read.
 */
export function* readRecording(path: string): Generator<RecordingEntry, void> {
  const reader = new RecordingReader(path)
  const decoder = new StringDecoder('utf8')
  const buffer = Buffer.alloc(readBytes)
  let rest = ''
  const fd = openToRead(path)
  try {
    for (;;) {
      const count = readChunk(fd, buffer, path)
      if (count === 0) break
      const lines = (rest + decoder.write(buffer.subarray(0, count))).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield checked(reader, line)
      if (rest.length > recordingLimits.lineBytes) tooLong(reader)
    }
  } finally {
    closeSync(fd)
  }
  reader.finish(rest + decoder.end())
}

function checked(reader: RecordingReader, line: string): RecordingEntry {
  if (line.length > recordingLimits.lineBytes) tooLong(reader)
  return reader.line(line)
}

function tooLong(reader: RecordingReader): never {
  reader.skip()
  throw reader.error(`the line is longer than ${recordingLimits.lineBytes} bytes`)
}

function openToRead(path: string): number {
  let fd: number
  try {
    // A pipe without a writer and a device node must not be waited for.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    throw fileError('read', printable(path), error)
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new EvswitchError('bad-recording', `${printable(path)} is not a file`, {
    remedy: 'name a recording',
  })
}

function readChunk(fd: number, buffer: Buffer, path: string): number {
  try {
    return readSync(fd, buffer)
  } catch (error) {
    throw fileError('read', printable(path), error)
  }
}

function fileError(verb: 'read' | 'write', path: string, error: unknown): EvswitchError {
  const errno = errnoName(error) ?? 'unknown error'
  const summary = `cannot ${verb} ${path}: ${errno}`
  switch (errno) {
    case 'EEXIST':
      return new EvswitchError('bad-recording', `${path} is there already`, {
        remedy: 'choose another name: a recording never overwrites a file',
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EvswitchError('no-permission', summary, { remedy: 'choose another place' })
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
      return new EvswitchError('bad-recording', summary, {
        remedy: verb === 'read' ? 'name a recording' : 'name a file in a folder that is there',
      })
    case 'ENOSPC':
    case 'EDQUOT':
      return new EvswitchError('unexpected', summary, { remedy: 'the disk is full' })
    default:
      return new EvswitchError('unexpected', summary)
  }
}
