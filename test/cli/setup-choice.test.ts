import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withoutSourceBlock } from '../../src/capture/source-block.ts'
import { completeWish, type SetupPlace, type SetupWish } from '../../src/cli/setup-choice.ts'
import { listDevices } from '../../src/devices/list.ts'
import { EvswitchError } from '../../src/errors.ts'
import { FakeRoot } from '../devices/fake-root.ts'
import { domainFixture } from '../guests/domain-fixtures.ts'
import { Person } from './person.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot({ udev: true })
  root.plugAll('qemu-usb-keyboard', 'at-keyboard', 'qemu-usb-mouse')
})
afterEach(() => root.remove())

/** As much of libvirt as is asked. */
function libvirt(...domains: string[]): SetupPlace['virsh'] {
  return {
    domains: async () => domains,
    state: async () => ({
      state: 'shut off',
      isRunning: false,
      isPersistent: true,
      hasSavedState: false,
    }),
    definition: async (name) => domainFixture('minimal').replace('minimal', name),
  }
}

const without: SetupPlace['virsh'] = {
  ...libvirt(),
  domains: () => Promise.reject(new EvswitchError('not-installed', 'libvirt is not installed')),
}

async function complete(wish: Partial<SetupWish>, place: Partial<SetupPlace> = {}) {
  const choice = await completeWish(
    { domain: undefined, qemu: false, ...wish },
    {
      virsh: libvirt('win10'),
      dialog: undefined,
      config: undefined,
      findByUse: async () => [],
      root: root.path,
      ...place,
    },
  )
  if (choice === undefined) return undefined
  const { before, after, sources, guest, target } = choice
  return { before, after, guest, target, devices: sources.map(({ name }) => name) }
}

const usb = 'QEMU QEMU USB Keyboard'
const all = [usb, 'AT Translated Set 2 keyboard', 'QEMU QEMU USB Mouse']
const win10 = { kind: 'domain', name: 'win10' }
const twoTargets = '[[target]]\nname = "win10"\n[[target]]\nname = "mac"\n'

describe('where nobody is asked', () => {
  test('every keyboard and mouse moves to the only domain, and no file is written', async () => {
    expect(await complete({})).toEqual({
      before: undefined,
      after: undefined,
      devices: all,
      guest: win10,
      target: { name: 'guest', repeat: true },
    })
  })

  test('devices that are named stand in the configuration, and another choice replaces them', async () => {
    const first = await complete({ device: ['USB'] }).catch((error: unknown) => error)
    expect(first).toMatchObject({ code: 'ambiguous-device' })
    const second = await complete({ device: ['USB Keyboard', 'USB Mouse'] })
    expect(second?.devices).toEqual([usb, 'QEMU QEMU USB Mouse'])
    const third = await complete({ device: ['USB Keyboard'] }, { config: second?.after })
    expect(third?.devices).toEqual([usb])
    expect(withoutSourceBlock(third?.after)).toBeUndefined()
  })

  test('what the configuration names stays so', async () => {
    const config = '[[source]]\ndevice = "USB Keyboard"\n'
    expect(await complete({}, { config })).toMatchObject({ after: config, devices: [usb] })
  })

  test('the domain’s target is the one of its name, another that is named, or the only one', async () => {
    const of = async (wish: Partial<SetupWish>, config: string | undefined) =>
      (await complete(wish, { config }))?.target.name
    expect(await of({ domain: 'win10' }, twoTargets)).toBe('win10')
    expect(await of({ domain: 'win10', target: 'mac' }, twoTargets)).toBe('mac')
    expect(await of({ domain: 'other' }, '[[target]]\nname = "mac"\n')).toBe('mac')
    await expect(of({ domain: 'other' }, twoTargets)).rejects.toMatchObject({
      code: 'usage',
      remedy: 'there are: win10, mac',
    })
  })

  test('a guest that is started by hand needs no libvirt', async () => {
    expect(await complete({ qemu: true }, { virsh: without })).toMatchObject({
      guest: { kind: 'by-hand' },
    })
  })

  test.each([
    [libvirt(), { code: 'not-configured', remedy: expect.stringContaining('--qemu') }],
    [libvirt('a', 'b'), { code: 'usage', remedy: 'there are: a, b' }],
    [without, { code: 'not-installed' }],
  ])('a domain that nobody can guess is an error', async (virsh, expected) => {
    await expect(complete({}, { virsh })).rejects.toMatchObject(expected)
  })

  test('a configuration with errors is told, and nothing is chosen', async () => {
    await expect(complete({}, { config: 'hotkeys = 1' })).rejects.toMatchObject({
      code: 'bad-config',
    })
  })
})

describe('where somebody is asked', () => {
  test('Enter takes every keyboard and mouse, and the only domain', async () => {
    const dialog = new Person('', '')
    expect(await complete({}, { dialog })).toMatchObject({
      after: undefined,
      devices: all,
      guest: win10,
    })
  })

  test('devices that were found by use stand in the configuration', async () => {
    const used = listDevices(root.path).devices.filter(({ name }) => name === usb)
    const dialog = new Person('n', '', '')
    const choice = await complete({}, { dialog, findByUse: async () => used })
    expect(choice?.devices).toEqual([usb])
    expect(choice?.after).toContain('device = "by-id/usb-QEMU_QEMU_USB_Keyboard')
  })

  test('what was said already is not asked', async () => {
    const dialog = new Person()
    const choice = await complete({ device: ['USB Mouse'], domain: 'win10' }, { dialog })
    expect(choice?.devices).toEqual(['QEMU QEMU USB Mouse'])
    expect(dialog.questions).toEqual([])
  })

  test('several targets are a question of their own', async () => {
    const dialog = new Person('', 'b', '2')
    const place = { dialog, config: twoTargets, virsh: libvirt('a', 'b') }
    expect(await complete({}, place)).toMatchObject({
      guest: { name: 'b' },
      target: { name: 'mac' },
    })
  })

  test('a screen of another computer is no target for a guest', async () => {
    const screen = '[[target]]\nname = "laptop"\nkind = "barrier"\n'
    const place = { dialog: new Person('', ''), config: `[[target]]\nname = "vm"\n${screen}` }
    expect(await complete({}, place)).toMatchObject({ target: { name: 'vm' } })
  })

  test('a machine without libvirt has a guest that is started by hand', async () => {
    const dialog = new Person('', '')
    expect(await complete({}, { dialog, virsh: without })).toMatchObject({
      guest: { kind: 'by-hand' },
    })
    expect(dialog.said).toContain('libvirt is not installed')
  })

  test.each([[[]], [['']], [['', '2']]])(
    'nothing is chosen by who leaves after %j',
    async (answers) => {
      const place = { dialog: new Person(...answers), config: twoTargets, virsh: libvirt('a', 'b') }
      expect(await complete({}, place)).toBeUndefined()
    },
  )
})
