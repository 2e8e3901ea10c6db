import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askDevices, askGuest, askTarget } from '../../src/cli/setup-questions.ts'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import type { DomainReport } from '../../src/guests/libvirt.ts'
import { FakeRoot } from '../devices/fake-root.ts'
import { Person } from './person.ts'

describe('the question for devices', () => {
  let root: FakeRoot
  let devices: readonly Device[]
  beforeEach(() => {
    root = new FakeRoot({ udev: true })
    root.plugAll('qemu-usb-keyboard', 'at-keyboard', 'qemu-usb-mouse')
    devices = listDevices(root.path).devices
  })
  afterEach(() => root.remove())
  const nobody = async () => []

  test('shows what is proposed, and Enter leaves it as it is', async () => {
    const person = new Person('')
    expect(await askDevices(person, devices, nobody)).toEqual({ chosen: undefined })
    expect(person.said.slice(1)).toEqual(
      devices.map(({ name, kind, eventName }) => `  ${name} (${kind}, ${eventName})`),
    )
  })

  test('lets others be found by using them, shows those, and asks again', async () => {
    const person = new Person('n', 'y')
    const used = devices.slice(0, 1)
    expect(await askDevices(person, devices, async () => used)).toEqual({ chosen: used })
    expect(person.said.filter((line) => line.startsWith('  '))).toHaveLength(devices.length + 1)
  })

  test('keeps what was proposed when nothing was used', async () => {
    const person = new Person('n', '')
    expect(await askDevices(person, devices, nobody)).toEqual({ chosen: undefined })
    expect(person.said.join('\n')).toContain('No key was pressed')
  })

  test('is asked again after an answer that is none', async () => {
    const person = new Person('maybe', 'y')
    expect(await askDevices(person, devices, nobody)).toEqual({ chosen: undefined })
    expect(person.questions).toHaveLength(2)
  })

  test('ends with the person', async () => {
    expect(await askDevices(new Person(), devices, nobody)).toBeUndefined()
  })
})

describe('the question for the guest', () => {
  const domain = (name: string, targets: readonly string[] = []): DomainReport => ({
    name,
    state: 'shut off',
    targets,
    nodes: [],
    inputs: [],
    warnings: [],
  })
  const named = (name: string) => ({ kind: 'domain', name })
  const several = [domain('mac'), domain('win10'), domain('10')]

  test.each([
    ['the only domain', [domain('win10')], '', named('win10')],
    ['the only one that has nodes', [domain('a'), domain('b', ['guest'])], '', named('b')],
    ['one by its number', several, '2', named('win10')],
    ['one by its name', several, 'mac', named('mac')],
    ['one whose name is a number', several, '10', named('10')],
    ['one that is started by hand', several, 'q', { kind: 'by-hand' }],
    ['one by hand where there are no domains', [], '', { kind: 'by-hand' }],
  ])('takes %s', async (_what, domains, answer, expected) => {
    expect(await askGuest(new Person(answer), domains)).toEqual(expected)
  })

  test('guesses nothing where there are several', async () => {
    const person = new Person('', '0', '4', 'win', '1')
    expect(await askGuest(person, several)).toEqual(named('mac'))
    expect(person.questions).toEqual(Array(5).fill('Its number or name: '))
    expect(person.said).toContain('There is no win: say one of the above.')
  })

  test('shows each domain with its state', async () => {
    const person = new Person('1')
    await askGuest(person, several)
    expect(person.said).toContain('  2  win10  shut off  only what QEMU emulates')
  })

  test('ends with the person', async () => {
    expect(await askGuest(new Person(), several)).toBeUndefined()
  })
})

test('the question for the target takes a number or a name', async () => {
  expect(await askTarget(new Person('2'), ['a', 'b'])).toBe('b')
  expect(await askTarget(new Person('c', '', 'a'), ['a', 'b'])).toBe('a')
  expect(await askTarget(new Person('3'), ['a', 'b'])).toBeUndefined()
})
