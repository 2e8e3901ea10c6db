import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, type TestContext, test } from 'vitest'
import { ROOT } from './cache.ts'
import { PATIENCE_MS, within } from './deadline.ts'
import { LineStream } from './line-stream.ts'

/** The whole demo on a slow, busy machine. */
const DEMO_MS = 300_000
const NOT_INSTALLED = 5

const running: Demo[] = []

afterEach(() => {
  for (const demo of running.splice(0)) demo.child.kill('SIGKILL')
})

describe('the demo', () => {
  test('proves what it claims', async ({ skip }) => {
    const demo = startDemo(skip)
    const status = await demo.exit(skip)
    expect(status, demo.describe()).toBe(0)
    const { text } = demo.output
    const [, proven, claimed] = /^(\d+) of (\d+) proven$/m.exec(text) ?? []
    expect(Number(claimed)).toBeGreaterThan(9)
    expect(proven).toBe(claimed)
    expect(text).not.toContain('✗')
    expect(text).toMatch(/^ {2}switch: .* \d+ +\d+\.\d+ ms +\d+\.\d+ ms$/m)
    expect(text).toMatch(/^ {2}key: .* \d+ +\d+\.\d+ ms +\d+\.\d+ ms$/m)
    // Without a terminal there is nothing but text.
    expect(text).not.toContain('\x1b')
    expect(Math.max(...demo.output.lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('leaves nothing running when it is interrupted while the machine boots', async ({
    skip,
  }) => {
    const demo = startDemo(skip)
    await demo.seen(/booting/, skip)
    await endsAtOnce(demo, await demo.machine(skip), skip)
  })

  test('leaves nothing running when it is interrupted in the middle', async ({ skip }) => {
    const demo = startDemo(skip)
    await demo.seen(/^3\/\d/, skip)
    await endsAtOnce(demo, await demo.machine(skip), skip)
    expect(demo.output.text).not.toContain('proven')
  })
})

async function endsAtOnce(demo: Demo, machine: number, skip: TestContext['skip']): Promise<void> {
  demo.child.kill('SIGINT')
  expect(await demo.exit(skip)).toBe(130)
  await within(
    PATIENCE_MS,
    untilTrue(() => !isRunning(machine)),
    () => `the machine is still running, as process ${machine}`,
  )
}

function startDemo(skip: TestContext['skip']): Demo {
  if (process.env['EVSWITCH_LAB'] === 'off') skip('EVSWITCH_LAB is off')
  const demo = new Demo()
  running.push(demo)
  return demo
}

/** The demo as its user starts it, but without looking for real keyboards first: here it must not find any. */
class Demo {
  readonly child: ChildProcess
  readonly output = new LineStream(() => this.describe())
  readonly #errors = new LineStream(() => '')
  readonly #exited: Promise<unknown>

  constructor() {
    const demo = join(ROOT, 'test/lab/demo.ts')
    this.child = spawn(process.execPath, ['--import', 'tsx', demo, '--fast'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#exited = once(this.child, 'close')
    this.child.stdout?.on('data', (bytes: Buffer) => this.output.push(bytes))
    this.child.stderr?.on('data', (bytes: Buffer) => this.#errors.push(bytes))
    this.child.once('close', () => this.output.end())
  }

  /** Its exit status; skips where the lab cannot run. */
  async exit(skip: TestContext['skip']): Promise<number | null> {
    await within(DEMO_MS, this.#exited, () => `it does not end: ${this.describe()}`)
    if (this.child.exitCode === NOT_INSTALLED && process.env['EVSWITCH_LAB'] !== 'required') {
      skip(this.#errors.text)
    }
    return this.child.exitCode
  }

  async seen(line: RegExp, skip: TestContext['skip']): Promise<void> {
    try {
      await this.output.waitForLine(line, DEMO_MS)
    } catch (error) {
      if (this.child.exitCode !== null) await this.exit(skip)
      throw error
    }
  }

  /** The process id of its QEMU, as soon as it runs. */
  async machine(skip: TestContext['skip']): Promise<number> {
    const find = () =>
      childrenOf(this.child.pid ?? 0).find((pid) => commandOf(pid) === 'qemu-system-x86')
    const search = untilTrue(() => find() !== undefined || this.child.exitCode !== null)
    await within(DEMO_MS, search, () => `no machine was started: ${this.describe()}`)
    const pid = find()
    if (pid !== undefined) return pid
    await this.exit(skip)
    throw new Error(`it ended without a machine: ${this.describe()}`)
  }

  describe(): string {
    return `${this.output.text}\n${this.#errors.text}`
  }
}

async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && statOf(pid)?.parent === parent)
}

function commandOf(pid: number): string | undefined {
  return statOf(pid)?.command
}

/** A zombie only waits for whoever adopted it to notice. */
function isRunning(pid: number): boolean {
  const state = statOf(pid)?.state
  return state !== undefined && state !== 'Z'
}

function statOf(pid: number): { command: string; state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, command = '', state = '', parent] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? []
    return { command, state, parent: Number(parent) }
  } catch {
    return undefined
  }
}
