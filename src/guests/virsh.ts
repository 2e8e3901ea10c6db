import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printable } from '../devices/sanitize.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { runCommand } from './command.ts'

export interface DomainState {
  /** In libvirt's words: 'running', 'shut off', 'paused'. */
  readonly state: string
  readonly isRunning: boolean
  /** A transient domain is gone when it stops: it has no configuration to edit. */
  readonly isPersistent: boolean
  /** A saved state is resumed with the configuration that it was saved with. */
  readonly hasSavedState: boolean
}

/** Three numbers, as in 9.0.0. */
export type Version = readonly [major: number, minor: number, release: number]

/** Where libvirt is asked when nobody says: as virsh itself, except that the system's domains are the default. */
export function usualConnection(env: NodeJS.ProcessEnv = process.env): string {
  return env['VIRSH_DEFAULT_CONNECT_URI'] || env['LIBVIRT_DEFAULT_URI'] || 'qemu:///system'
}

/** libvirt, by its command line tool. Every method may throw what `failure` below tells. */
export class Virsh {
  readonly connection: string
  readonly #signal: AbortSignal | undefined

  constructor(connection: string, signal?: AbortSignal) {
    this.connection = connection
    this.#signal = signal
  }

  /** Of the daemon. */
  async version(): Promise<Version> {
    const text = await this.#run('version', '--daemon')
    const [, major, minor, release] = /daemon: (\d+)\.(\d+)\.(\d+)/.exec(text) ?? []
    return [Number(major ?? 0), Number(minor ?? 0), Number(release ?? 0)]
  }

  /** The names of all domains, sorted. */
  async domains(): Promise<string[]> {
    const text = await this.#run('list', '--all', '--name')
    return text
      .split('\n')
      .filter((name) => name !== '')
      .sort()
  }

  async state(domain: string): Promise<DomainState> {
    const text = await this.#run('dominfo', `--domain=${domain}`)
    const field = (name: string) =>
      new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
    const state = field('State')
    return {
      state,
      isRunning: state !== 'shut off' && state !== 'crashed',
      isPersistent: field('Persistent') === 'yes',
      hasSavedState: field('Managed save') === 'yes',
    }
  }

  /** What the domain is at its next start; with its passwords, which are lost when they are left out and it is defined anew. */
  async definition(domain: string): Promise<string> {
    return await this.#run('dumpxml', '--inactive', '--security-info', `--domain=${domain}`)
  }

  /** Checks XML against libvirt's schema and makes it the domain's definition. */
  async define(xml: string, { validate = true } = {}): Promise<void> {
    // In a folder of its own that nobody else may enter: the XML may hold passwords.
    const folder = mkdtempSync(join(tmpdir(), 'evswitch-domain-'))
    try {
      const file = join(folder, 'domain.xml')
      writeFileSync(file, xml, { mode: 0o600 })
      await this.#run('define', ...(validate ? ['--validate'] : []), `--file=${file}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async #run(command: string, ...args: readonly string[]): Promise<string> {
    const options = { signal: this.#signal }
    const words = ['--quiet', `--connect=${this.connection}`, command, ...args]
    const { status, stdout, stderr } = await runCommand('virsh', words, options).catch(
      (error: unknown) => {
        if (!(error instanceof EvswitchError) || error.code !== 'not-installed') throw error
        throw new EvswitchError('not-installed', 'libvirt is not installed: there is no virsh', {
          remedy: 'install it (Debian: libvirt-clients, libvirt-daemon-system), or say --file',
        })
      },
    )
    if (status === 0) return stdout
    const domain = args.find((arg) => arg.startsWith('--domain='))?.slice('--domain='.length)
    throw await this.#failure(stderr, domain)
  }

  async #failure(stderr: string, domain: string | undefined): Promise<EvswitchError> {
    const said = stderr
      .split('\n')
      .map((line) => line.replace(/^error: /, '').trim())
      .filter((line) => line !== '')
    if (domain !== undefined && /failed to get domain|Domain not found/i.test(stderr)) {
      return noSuchDomain(domain, await this.domains())
    }
    return failure(said, this.connection)
  }
}

function noSuchDomain(domain: string, known: readonly string[]): EvswitchError {
  const near = nearest(domain, known)
  const list =
    known.length === 0 ? 'there are no domains' : `there are: ${known.map(printable).join(', ')}`
  return new EvswitchError('unknown-domain', `libvirt has no domain ${printable(domain)}`, {
    remedy: near === undefined ? list : `did you mean ${printable(near)}?`,
  })
}

/** What virsh says, sorted by what can be done about it. */
function failure(said: readonly string[], connection: string): EvswitchError {
  const text = said.join(' ')
  const words = printable(said.at(-1) ?? 'it did not say why')
  if (/permission denied|access denied|authentication|polkit|not authorized/i.test(text)) {
    return new EvswitchError(
      'no-permission',
      `libvirt does not let you in (${connection}): ${words}`,
      {
        remedy: 'run it with sudo, or join the group "libvirt"',
      },
    )
  }
  if (
    /failed to connect|cannot connect|connection refused|no such file or directory.*sock/i.test(
      text,
    )
  ) {
    return new EvswitchError('not-running', `libvirt does not answer at ${connection}: ${words}`, {
      remedy: 'start it: sudo systemctl start libvirtd (or virtqemud.socket)',
    })
  }
  return new EvswitchError('libvirt-failed', `libvirt refuses: ${said.map(printable).join('; ')}`)
}

export function isAtLeast([major, minor]: Version, wanted: readonly [number, number]): boolean {
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1])
}
