import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { SetupError } from '../../scripts/lib/step.mjs'
import { runCommand } from '../../src/guests/command.ts'
import { Virsh } from '../../src/guests/virsh.ts'
import { libvirtdPackages } from '../packages.mjs'

/** It asks QEMU for its abilities first. */
const startDeadlineMs = 90_000
const lookAgainMs = 50

class LibvirtUnavailable extends Error {}

export interface PrivateLibvirtd {
  readonly virsh: Virsh
  /** For `--connect`. */
  readonly connection: string
  /** A folder that ends with it. */
  readonly folder: string
  /** Runs virsh on it; fails when that fails. */
  run(...args: readonly string[]): Promise<string>
}

/**
 * A real libvirtd of this test file alone, as an ordinary user with folders of its own: nothing of the machine's
 * libvirt is read or changed. It starts before the first test and ends with the last; however we end, the kernel
 * ends it with us. Where it cannot run, tests are skipped with the reason; EVSWITCH_LAB=required makes that a
 * failure, EVSWITCH_LAB=off skips always.
 */
export function privateLibvirtd(): PrivateLibvirtd {
  let missing: string | undefined
  let daemon: Daemon | undefined
  beforeAll(async () => {
    try {
      daemon = await Daemon.start()
    } catch (error) {
      const isRequired = process.env['EVSWITCH_LAB'] === 'required'
      if (!(error instanceof LibvirtUnavailable) || isRequired) throw error
      missing = error.message
      process.stderr.write(`libvirt: tests are skipped: ${missing}\n`)
    }
  }, startDeadlineMs + 300_000)
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing)
  })
  afterAll(async () => await daemon?.stop())
  const running = () => {
    if (daemon === undefined) throw new Error('libvirtd is there only while tests run')
    return daemon
  }
  return {
    get virsh() {
      return new Virsh(running().connection)
    },
    get connection() {
      return running().connection
    },
    get folder() {
      return running().folder
    },
    run: async (...args) => {
      const words = ['--quiet', `--connect=${running().connection}`, ...args]
      const { status, stdout, stderr } = await runCommand('virsh', words)
      if (status !== 0) throw new Error(`virsh ${args.join(' ')}: ${stderr}`)
      return stdout
    },
  }
}

class Daemon {
  readonly folder: string
  readonly #child: ChildProcess
  readonly #closed: Promise<void>
  #said = ''

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#child = child
    this.#closed = new Promise((resolve) => {
      child.on('close', () => resolve())
    })
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString()
    })
  }

  get connection(): string {
    return `qemu+unix:///session?socket=${join(this.folder, 'run/libvirt/libvirt-sock')}`
  }

  static async start(): Promise<Daemon> {
    if (process.env['EVSWITCH_LAB'] === 'off') throw new LibvirtUnavailable('EVSWITCH_LAB is off')
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new LibvirtUnavailable(`it needs x86-64, not ${process.arch}`)
    }
    try {
      needPackages(libvirtdPackages)
    } catch (error) {
      throw error instanceof SetupError ? new LibvirtUnavailable(error.message) : error
    }
    const folder = mkdtempSync(join(tmpdir(), 'evswitch-libvirt-'))
    const user = process.getuid?.() === 0 ? nobody() : undefined
    const folders = Object.fromEntries(
      Object.entries({
        HOME: 'home',
        XDG_RUNTIME_DIR: 'run',
        XDG_CONFIG_HOME: 'config',
        XDG_CACHE_HOME: 'cache',
        XDG_DATA_HOME: 'data',
      }).map(([name, path]) => [name, join(folder, path)]),
    )
    for (const path of [folder, ...Object.values(folders)]) {
      mkdirSync(path, { recursive: true })
      chmodSync(path, 0o700)
      if (user !== undefined) chownSync(path, user.uid, user.gid)
    }
    const identity =
      user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    const args = [...identity, '--pdeathsig', 'KILL', '--', 'libvirtd', '--pid-file']
    const child = spawn('setpriv', [...args, join(folder, 'libvirtd.pid')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', ...folders },
      cwd: folder,
    })
    const daemon = new Daemon(folder, child)
    try {
      await daemon.#untilItAnswers()
      return daemon
    } catch (error) {
      await daemon.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#closed
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #untilItAnswers(): Promise<void> {
    const virsh = new Virsh(this.connection)
    const deadline = Date.now() + startDeadlineMs
    for (;;) {
      try {
        await virsh.domains()
        return
      } catch (error) {
        if (this.#child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`libvirtd did not start: ${this.#said}`, { cause: error })
        }
        await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
      }
    }
  }
}

function nobody(): { uid: number; gid: number } {
  const id = (what: string) => Number(execFileSync('id', [what, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
