import { spawn } from 'node:child_process'
import { EvswitchError, errnoName } from '../errors.ts'

export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** Longer than a libvirt that asks QEMU for its abilities first; nothing waits this long when all is well. */
const usualTimeoutMs = 60_000
/** Far more than a domain's XML may be. */
const mostBytes = 32 * 1024 * 1024

/**
 * Runs a program with these arguments, without a shell, in the C locale, with nothing on its standard input. An
 * exit status is a value. Throws 'not-installed' when there is no such program, 'not-running' when it does not
 * come to an end in time.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { timeoutMs = usualTimeoutMs, signal, env = {} } = options
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, LC_ALL: 'C', LANGUAGE: 'C' },
    signal,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  const read = (stream: NodeJS.ReadableStream) => {
    const parts: Buffer[] = []
    let bytes = 0
    stream.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > mostBytes) child.kill('SIGKILL')
      else parts.push(part)
    })
    return () => Buffer.concat(parts).toString('utf8')
  }
  const stdout = read(child.stdout)
  const stderr = read(child.stderr)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code))
  }).catch((error: unknown) => {
    if (errnoName(error) !== 'ENOENT') throw error
    throw new EvswitchError('not-installed', `${program} is not installed`)
  })
  if (status === null) {
    throw new EvswitchError(
      'not-running',
      `${program} ${args[0] ?? ''} did not end within ${timeoutMs / 1000} s, or said too much`,
    )
  }
  return { status, stdout: stdout(), stderr: stderr() }
}
