/**
 * What an expected failure is called and which exit code the command ends with.
 * 0 ok · 1 unexpected · 2 usage · 4 no permission · 5 not installed · 6 not configured · 7 not running.
 */
const exitCodes = {
  /** A defect of evswitch or an error nobody foresaw. */
  unexpected: 1,
  /** Another program holds the grab of a device, or somebody its keys. */
  'device-busy': 1,
  /** Another service has the control socket. */
  'already-running': 1,
  /** A device or node went away while it was being used. */
  'device-gone': 1,
  /** `evswitch doctor` found something, or could not repair it. */
  unhealthy: 1,
  /** Somebody changed a domain while it was being edited. */
  'domain-changed': 1,
  /** libvirt or virsh refused, in its own words. */
  'libvirt-failed': 1,
  /** A command line that cannot be understood. */
  usage: 2,
  'unknown-key': 2,
  'bad-hotkey': 2,
  'bad-macro': 2,
  /** A keyboard layout that is not there. */
  'bad-layout': 2,
  'bad-target-name': 2,
  'unknown-device': 2,
  'ambiguous-device': 2,
  'unsuitable-device': 2,
  'unknown-target': 2,
  'unknown-domain': 2,
  /** XML that is none, or none of a domain. */
  'bad-domain': 2,
  /** A file that is no recording, or one that is not to be overwritten. */
  'bad-recording': 2,
  /** Reading, writing or grabbing is not allowed to this user. */
  'no-permission': 4,
  /** The kernel or the system lacks a part: uinput, evdev, the native library. */
  'not-installed': 5,
  /** Nothing to work on: no keyboard, no mouse, no configuration. */
  'not-configured': 6,
  /** A configuration file with errors; the message tells all of them. */
  'bad-config': 6,
  /** A certificate, or a list of computers that are trusted, which is of no use. */
  'bad-share-file': 6,
  /** Nobody to talk to: no service, no consumer. */
  'not-running': 7,
} as const

export type ErrorCode = keyof typeof exitCodes
export type ExitCode = 0 | (typeof exitCodes)[ErrorCode]

/** The exit code that belongs to an error code. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return exitCodes[code]
}

export interface EvswitchErrorOptions {
  /** What to do about it: the second line of the message. */
  readonly remedy?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error that evswitch throws on purpose. Its message names the object and, on a second line, the
 * remedy; it is written for the person at the keyboard and printed as it is. Texts that came from a device
 * must be made printable before they are put into it (src/devices/sanitize.ts).
 */
export class EvswitchError extends Error {
  override readonly name = 'EvswitchError'
  readonly code: ErrorCode
  /** The message without the remedy. */
  readonly summary: string
  readonly remedy: string | undefined

  constructor(code: ErrorCode, summary: string, options: EvswitchErrorOptions = {}) {
    super(
      options.remedy === undefined ? summary : `${summary}\n${options.remedy}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.summary = summary
    this.remedy = options.remedy
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code]
  }
}

/** The errno name ('ENOENT') of an error from Node's system calls, or undefined for any other value. */
export function errnoName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
