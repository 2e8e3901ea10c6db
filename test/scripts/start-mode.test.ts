import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Candidate, forbiddenNodes, usableDevices } from '../../scripts/lib/start-mode.mjs'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evswitch-start-'))
  mkdirSync(join(root, 'dev/input'), { recursive: true })
})

afterEach(() => rmSync(root, { recursive: true }))

function device(name: string, differences: Partial<Candidate> = {}): Candidate {
  writeFileSync(join(root, 'dev/input', name), '')
  const node = `/dev/input/${name}`
  return { node, kind: 'keyboard', virtual: false, access: 'read-write', ...differences }
}

test('real keyboards and mice are usable', () => {
  const devices = [device('event0'), device('event1', { kind: 'mouse' })]
  expect(usableDevices(devices, root)).toEqual(devices)
})

test.each<[string, Partial<Candidate>]>([
  ['a lid switch or power button', { kind: 'switch' }],
  ['a PC speaker', { kind: 'other' }],
  ['a keyboard that a program made', { virtual: true }],
])('%s is no reason to run', (_, differences) => {
  expect(usableDevices([device('event0', differences)], root)).toEqual([])
})

test('a device whose node is missing, as in a container, is not usable', () => {
  const keyboard = device('event0')
  rmSync(join(root, keyboard.node))
  expect(usableDevices([keyboard], root)).toEqual([])
})

test('nothing is forbidden when the nodes and uinput can be written', () => {
  writeFileSync(join(root, 'dev/uinput'), '')
  expect(forbiddenNodes([device('event0')], root)).toEqual([])
})

test('nodes that can only be read are named', () => {
  const devices = [device('event0'), device('event1', { access: 'read-only' })]
  expect(forbiddenNodes(devices, root)).toEqual(['/dev/input/event1'])
})

test('a missing uinput is left to the program, which can say why', () => {
  expect(forbiddenNodes([device('event0')], root)).toEqual([])
})
