import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { HookProcess, type HookRun } from '../../src/agent/hook-process.ts'

const patience = { timeout: 9000 }

function start(script: string, options: Partial<HookRun> = {}): HookProcess {
  const program = new HookProcess({
    run: ['sh', '-c', script],
    env: {},
    timeoutMs: 8000,
    ...options,
  })
  onTestFinished(() => program.kill())
  return program
}

/** Neither there nor a zombie. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

test('a program gets its arguments as they are, its environment, and no input', async () => {
  const program = start('', {
    run: ['sh', '-c', 'echo "$EVSWITCH_EVENT|$1|$(cat)"', 'sh', 'a b; $(reboot)'],
    env: { EVSWITCH_EVENT: 'enter' },
  })
  expect(await program.done).toEqual({
    outcome: { kind: 'exited', status: 0 },
    output: 'enter|a b; $(reboot)|\n',
  })
  await program.gone
})

test('how it ended is told, with what it wrote to both outputs', async () => {
  expect(await start('echo out; echo err >&2; exit 3').done).toMatchObject({
    outcome: { kind: 'exited', status: 3 },
  })
  expect((await start('echo err >&2').done).output).toBe('err\n')
  expect((await start('kill -KILL $$').done).outcome).toEqual({ kind: 'killed', signal: 'SIGKILL' })
})

test.each([
  ['that does not exist', '/nowhere/program', 'ENOENT'],
  ['that is not executable', '/etc/passwd', 'EACCES'],
])('a program %s cannot be started', async (_, path, error) => {
  const program = start('', { run: [path] })
  expect((await program.done).outcome).toEqual({ kind: 'not-started', error })
  await program.gone
})

test('a program that hangs is ended after its time, with all that it started', async () => {
  const program = start('sleep 1000 & echo $! && wait', { timeoutMs: 300 })
  const { outcome, output } = await program.done
  expect(outcome).toEqual({ kind: 'timed-out' })
  await program.gone
  await vi.waitUntil(() => isGone(Number(output)), patience)
})

test('a program that does not want to end is killed', async () => {
  const program = start("trap '' TERM; while :; do sleep 0.05; done", { timeoutMs: 200 })
  expect((await program.done).outcome).toEqual({ kind: 'timed-out' })
})

test('what a program leaves behind holds up nobody, and is ended after the same time', async () => {
  const program = start('sleep 1000 & echo $!', { timeoutMs: 700 })
  const { outcome, output } = await program.done
  expect(outcome).toEqual({ kind: 'exited', status: 0 })
  expect(isGone(Number(output))).toBe(false)
  await program.gone
  await vi.waitUntil(() => isGone(Number(output)), patience)
})

test('of a flood a little is kept, and then nobody listens any more', async () => {
  const { outcome, output } = await start('exec yes').done
  // By SIGPIPE, or by the error of its write: the pipe is a socket, which still holds what nobody has read.
  expect(outcome).not.toEqual({ kind: 'exited', status: 0 })
  expect(outcome.kind).toMatch(/^(exited|killed)$/)
  expect(output).toBe('y\n'.repeat(2048))
})
