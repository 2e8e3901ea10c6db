import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { EventFiles, eventFiles } from '../../src/service/event-files.ts'
import type { Notice } from '../../src/service/notice.ts'
import { temporaryDirectory } from '../control/peer.ts'

const log = pino({ level: 'silent' })

function setUp(...names: readonly string[]) {
  const root = temporaryDirectory()
  const hooks = join(root, 'hooks')
  mkdirSync(hooks)
  for (const name of names) writeFileSync(join(hooks, name), '')
  const directory = join(root, 'events')
  const files = new EventFiles({ directory, log, hooks })
  return { files, hooks, directory, made: () => readdirSync(directory).sort() }
}

function switched(previous: string, target: string): Notice {
  return { kind: 'switched', previous, target, reason: 'hotkey', latencyNs: undefined }
}

test('an event with a hook makes an empty file that only its owner may touch', () => {
  const { files, directory, made } = setUp('enter-win10', 'leave-host', 'panic')
  files.open()
  expect(made()).toEqual([])
  files.tell(switched('host', 'win10'))
  files.tell(switched('host', 'win10'))
  files.tell({ kind: 'panic' })
  expect(made()).toEqual(['enter-win10', 'leave-host', 'panic'])
  expect(statSync(join(directory, 'panic'))).toMatchObject({ size: 0, mode: 0o100600 })
  expect(statSync(directory).mode).toBe(0o40700)
})

test('an event without a hook makes none, and neither does what is no event', () => {
  const { files, made } = setUp('enter-win10')
  files.open()
  files.tell(switched('host', 'mac'))
  files.tell({ kind: 'consumer', target: 'win10', present: true })
  files.tell({ kind: 'warning', text: 'a', remedy: undefined })
  expect(made()).toEqual([])
})

test('a machine that starts and ends is two events', () => {
  const { files, made } = setUp('guest-started-win10', 'guest-ended-win10')
  files.open()
  files.tell({ kind: 'consumer', target: 'win10', present: true })
  expect(made()).toEqual(['guest-started-win10'])
  files.tell({ kind: 'consumer', target: 'win10', present: false })
  expect(made()).toEqual(['guest-ended-win10', 'guest-started-win10'])
})

test('what an earlier service left is no event', () => {
  const { files, made } = setUp('panic')
  files.open()
  files.tell({ kind: 'panic' })
  files.open()
  expect(made()).toEqual([])
})

test('where no file can be made the service goes on', () => {
  const { files, directory } = setUp('panic')
  files.open()
  rmSync(directory, { recursive: true })
  writeFileSync(directory, '')
  files.tell({ kind: 'panic' })
})

test('without a directory of systemd nobody waits for events', () => {
  expect(eventFiles(log, {})).toBe(undefined)
  expect(eventFiles(log, { RUNTIME_DIRECTORY: '/run/evswitch' })).toBeInstanceOf(EventFiles)
})

test('a hook that a hotkey asks for is an event of its name', () => {
  const { files, made } = setUp('hotkey-monitor')
  files.open()
  files.tell({ kind: 'hook', hook: 'other', target: 'host' })
  expect(made()).toEqual([])
  files.tell({ kind: 'hook', hook: 'monitor', target: 'host' })
  expect(made()).toEqual(['hotkey-monitor'])
})
