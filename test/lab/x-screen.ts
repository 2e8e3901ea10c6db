import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { SetupError } from '../../scripts/lib/step.mjs'
import { barrierPackages, screenPackages } from '../packages.mjs'
import { PATIENCE_MS, within } from './deadline.ts'
import { LabUnavailable } from './lab-error.ts'

/** An X server without a screen, and what runs on it. Whoever starts it closes it; it also ends with us. */
export class XScreen {
  /** ':99' */
  readonly display: string
  readonly #processes: ChildProcess[]

  private constructor(display: string, server: ChildProcess) {
    this.display = display
    this.#processes = [server]
  }

  /** With the keyboard layout of that name. Throws LabUnavailable where its packages cannot be had. */
  static async start(layout: string): Promise<XScreen> {
    try {
      needPackages([...screenPackages, ...barrierPackages])
    } catch (error) {
      throw error instanceof SetupError ? new LabUnavailable(error.message) : error
    }
    // It chooses a number that is free and says so. Without -noreset it forgets the layout when setxkbmap hangs up.
    const server = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'Xvfb', '-displayfd', '3', '-noreset', '-nolisten', 'tcp'],
        ...['-screen', '0', '640x480x24'],
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
    )
    const number = new Promise<string>((resolve, reject) => {
      server.stdio[3]?.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()))
      server.once('error', reject)
      server.once('exit', (code) => reject(new Error(`Xvfb has ended: ${code}`)))
    })
    const display = await within(PATIENCE_MS, number, () => 'Xvfb does not say its number')
    const screen = new XScreen(`:${display}`, server)
    screen.run('setxkbmap', layout)
    return screen
  }

  /** Runs a program to its end. */
  run(program: string, ...args: readonly string[]): string {
    return execFileSync(program, args, { env: this.#environment, encoding: 'utf8' })
  }

  /** Starts a program that ends with the screen; `read` is given what it prints. */
  spawn(program: string, args: readonly string[], read: (text: string) => void = () => {}): void {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child.stdout.setEncoding('utf8').on('data', read)
    this.#processes.push(child)
  }

  /** A window that has the keyboard; gives what was typed into it since. */
  async openWindow(): Promise<() => string> {
    let printed = ''
    this.spawn('xev', ['-event', 'keyboard', '-name', 'typed'], (text) => {
      printed += text
    })
    const window = this.run('xdotool', 'search', '--sync', '--name', '^typed$').trim()
    this.run('xdotool', 'windowfocus', '--sync', window)
    return () => typedText(printed)
  }

  async close(): Promise<void> {
    const ends = this.#processes.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const end = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await end
    })
    await Promise.all(ends)
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, DISPLAY: this.display, LC_ALL: 'C.UTF-8' }
  }
}

/** What xev saw: the characters of presses, with those that an input method composed and without those that it took. */
export function typedText(printed: string): string {
  const presses = printed.split('\n\n').filter((block) => block.includes('KeyPress event'))
  const taken = presses.filter((block) => block.includes('XFilterEvent returns: False'))
  return taken
    .map((block) => /XmbLookupString gives \d+ bytes: \([^)]*\) "(.*)"$/m.exec(block)?.[1] ?? '')
    .join('')
}
