import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type HookEvent, switchEvents } from '../../src/agent/hook-event.ts'
import { Hooks } from '../../src/agent/hooks.ts'
import type { Hook } from '../../src/agent/options.ts'

const patience = { timeout: 9000, interval: 10 }

interface Setup {
  readonly hooks: Hooks
  /** What the programs wrote. */
  lines(): string[]
  readonly logged: readonly Record<string, unknown>[]
  switch(previous: string, target: string): void
}

/** Hooks whose programs append to a file. */
function setUp(...wishes: readonly Partial<Hook>[]): Setup {
  const directory = mkdtempSync(join(tmpdir(), 'evswitch-hooks-'))
  const file = join(directory, 'lines')
  vi.stubEnv('LINES_FILE', file)
  const logged: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const hooks = new Hooks(wishes.map(hookOf), log)
  onTestFinished(() => {
    hooks.close()
    vi.unstubAllEnvs()
    rmSync(directory, { recursive: true })
  })
  return {
    hooks,
    logged,
    lines: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []),
    switch: (previous, target) => {
      for (const event of switchEvents(previous, target, 'hotkey')) hooks.heard(event, target)
    },
  }
}

function hookOf(wish: Partial<Hook>): Hook {
  return {
    on: 'enter',
    target: undefined,
    hook: undefined,
    run: shell('echo "$EVSWITCH_EVENT $EVSWITCH_TARGET"'),
    timeoutMs: 8000,
    debounceMs: 0,
    line: undefined,
    ...wish,
  }
}

/** Two scripts are two programs, unless they are of one shell. */
function shell(script: string, name = 'sh'): string[] {
  return [name, '-c', `{ ${script}; } >> "$LINES_FILE"`]
}

test('a hook runs at its event and for its target only, with the facts in its environment', async () => {
  const facts = '"$EVSWITCH_PREVIOUS" "$EVSWITCH_NEXT" "$EVSWITCH_ACTIVE" "$EVSWITCH_REASON"'
  const it = setUp(
    { target: 'win10', run: shell(`printf '%s ' in ${facts}; echo`) },
    { on: 'leave', target: 'win10', run: shell(`printf '%s ' out ${facts}; echo`) },
    { target: 'mac' },
    { on: 'panic' },
  )
  it.switch('host', 'win10')
  await vi.waitUntil(() => it.lines().length === 1, patience)
  it.switch('win10', 'host')
  await vi.waitUntil(() => it.lines().length === 2, patience)
  expect(it.lines()).toEqual(['in host  win10 hotkey ', 'out  host host hotkey '])
})

test('devices and guests are events, too', async () => {
  const device = { node: '/dev/input/event3', name: 'A $(mouse)', kind: 'mouse', identity: 'a' }
  const it = setUp(
    { on: 'device-arrived', run: shell('echo "$EVSWITCH_DEVICE|$EVSWITCH_DEVICE_KIND"') },
    { on: 'guest-ended', run: shell('echo "ended $EVSWITCH_TARGET"') },
  )
  const events: HookEvent[] = [
    { on: 'device-arrived', device },
    { on: 'guest-ended', target: 'win10' },
  ]
  for (const event of events) it.hooks.heard(event, 'host')
  await vi.waitUntil(() => it.lines().length === 2, patience)
  expect(it.lines()).toEqual(['A $(mouse)|mouse', 'ended win10'])
})

test('of switches to and fro within the debounce nothing is left but where they ended', async () => {
  const debounceMs = 300
  const it = setUp(
    { on: 'enter', debounceMs },
    { on: 'leave', debounceMs },
    { on: 'panic', debounceMs, run: shell('echo over') },
  )
  for (let round = 0; round < 10; round++) {
    it.switch('host', 'win10')
    it.switch('win10', 'host')
  }
  it.hooks.heard({ on: 'panic' }, 'host')
  await vi.waitUntil(() => it.lines().includes('over'), patience)
  expect(it.lines()).toEqual(['leave win10', 'enter host', 'over'])
})

test('hooks of one program run one after another, and the last event has the last word', async () => {
  const it = setUp(
    { target: 'win10', run: shell('sleep 0.3; echo win10') },
    { target: 'host', run: shell('echo host') },
  )
  it.switch('host', 'win10')
  await vi.waitUntil(() => it.logged.some(({ msg }) => msg === 'hook starts'), patience)
  it.switch('win10', 'host')
  await vi.waitUntil(() => it.lines().length === 2, patience)
  expect(it.lines()).toEqual(['win10', 'host'])
})

test('a hook that hangs does not hold up one of another program', async () => {
  const it = setUp({ run: ['sleep', '1000'] }, { run: shell('echo at once') })
  it.switch('host', 'win10')
  await vi.waitUntil(() => it.lines().includes('at once'), patience)
})

test('while a hook runs, one event waits for it, the last', async () => {
  const it = setUp({ on: 'device-arrived', run: shell('sleep 0.2; echo "$EVSWITCH_DEVICE"') })
  const plug = (name: string) => {
    const device = { node: '/dev/input/event3', name, kind: 'mouse', identity: name }
    it.hooks.heard({ on: 'device-arrived', device }, 'host')
  }
  plug('first')
  await vi.waitUntil(() => it.logged.some(({ msg }) => msg === 'hook starts'), patience)
  for (let n = 0; n < 50; n++) plug(`no ${n}`)
  plug('last')
  await vi.waitUntil(() => it.lines().includes('last'), patience)
  expect(it.lines()).toEqual(['first', 'last'])
})

test('a failure is logged with what the program said, and where it stands', async () => {
  const it = setUp({ run: ['sh', '-c', 'echo no such bus >&2; exit 2'], line: 7 })
  it.switch('host', 'win10')
  const find = () => it.logged.find(({ msg }) => msg === 'hook has failed')
  await vi.waitUntil(find, patience)
  expect(find()).toMatchObject({ level: 40, hook: 'sh', line: 7, status: 2, output: 'no such bus' })
})

test('a program that cannot be started is logged, and others run', async () => {
  const it = setUp({ run: ['/etc/passwd'] }, { run: ['/nowhere'] }, {})
  it.switch('host', 'win10')
  await vi.waitUntil(() => it.lines().includes('enter win10'), patience)
  const failed = () => it.logged.filter(({ msg }) => msg === 'hook cannot be started')
  await vi.waitUntil(() => failed().length === 2, patience)
  expect(failed()).toMatchObject([{ error: 'EACCES' }, { error: 'ENOENT' }])
})

test('at the end everything that runs is ended, and nothing is started any more', async () => {
  const it = setUp(
    { run: shell('sleep 1000; echo late') },
    { run: ['sleep', '1000'], debounceMs: 100 },
  )
  it.switch('host', 'win10')
  await vi.waitUntil(() => it.logged.some(({ msg }) => msg === 'hook starts'), patience)
  it.hooks.close()
  it.switch('win10', 'host')
  await vi.waitUntil(() => it.logged.some(({ msg }) => msg === 'hook was ended'), patience)
  expect(it.logged.map(({ msg }) => msg)).toEqual(['hook starts', 'hook was ended'])
})

test('however events come: at most four at once, one at a time of each program, and what holds at the end is run last', async () => {
  const targets = ['host', 'one', 'two']
  const steps = fc.array(fc.constantFrom(...targets), { minLength: 1, maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(steps, async (path) => {
      const script = (name: string) => shell('echo "+"; echo "$EVSWITCH_TARGET"; echo "-"', name)
      const it = setUp(...targets.map((target): Partial<Hook> => ({ target, run: script('sh') })))
      let active = 'host'
      for (const target of path) {
        if (target === active) continue
        it.switch(active, target)
        active = target
        if (path.length % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      const isOver = () => {
        const starts = it.logged.filter(({ msg }) => msg === 'hook starts').length
        const ends = it.logged.filter(({ msg }) => msg === 'hook has ended').length
        return (
          starts === ends && (path.every((each) => each === 'host') || it.lines().at(-2) === active)
        )
      }
      await vi.waitUntil(isOver, patience)
      const lines = it.lines()
      // One at a time: what one wrote is never within that of another one.
      for (let at = 0; at < lines.length; at += 3) {
        expect([lines[at], lines[at + 2]]).toEqual(['+', '-'])
      }
    }),
    { numRuns: 15 },
  )
}, 60_000)

test('a hotkey runs the hooks of its name, and those of any', async () => {
  const it = setUp(
    { on: 'hotkey', hook: 'monitor', run: shell('echo "named $EVSWITCH_HOOK"') },
    { on: 'hotkey', hook: 'other', run: shell('echo "other $EVSWITCH_HOOK"') },
    { on: 'hotkey', run: shell('echo "any $EVSWITCH_HOOK"') },
  )
  it.hooks.heard({ on: 'hotkey', hook: 'monitor' }, 'host')
  await vi.waitFor(
    () => expect(it.lines().sort()).toEqual(['any monitor', 'named monitor']),
    patience,
  )
})
