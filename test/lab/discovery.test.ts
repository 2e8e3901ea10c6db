import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { allFixtures, type FixtureNode } from '../devices/fake-root.ts'
import { ROOT } from './cache.ts'
import { startEvswitch } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { played } from './played-fixture.ts'
import { sharedLab } from './shared-lab.ts'
import { startPlayer } from './tools.ts'
import type { LabVm } from './vm.ts'

const lab = sharedLab()
const program = ['node', join(ROOT, 'dist/cli/main.js')]

interface Listed {
  readonly node: string
  readonly name: string
  readonly kind: string
  readonly traits: readonly string[]
  readonly identity: string
  readonly virtual: boolean
  readonly users: readonly { name: string; grabber: boolean }[]
}

/** What evswitch says of the devices, with udev's verdict or, in a world without udev, with its own. */
async function listed(vm: LabVm, world: 'with udev' | 'without udev'): Promise<Listed[]> {
  const command = [...program, 'devices', '--all', '--json']
  const blind = `mount -t tmpfs none /run/udev && exec ${command.join(' ')}`
  const text = await vm.check(
    world === 'with udev' ? command : ['unshare', '-m', 'sh', '-c', blind],
  )
  return (JSON.parse(text) as { devices: Listed[] }).devices
}

/** Where it is installed its rules add to the verdict that udev has by itself, which is what was recorded. */
async function hideLibwacom(vm: LabVm): Promise<void> {
  await vm.check(
    'mkdir -p /run/udev/rules.d && ln -sf /dev/null /run/udev/rules.d/65-libwacom.rules && udevadm control --reload',
  )
}

describe('discovery in a real kernel', () => {
  test('every recorded device is for evswitch what it is for udev', async () => {
    const nodes = allFixtures().flatMap(({ fixture }) => fixture.nodes)
    const expected = new Map<string, FixtureNode>()
    await hideLibwacom(lab.vm)
    let player = await startPlayer(lab.vm)
    for (const [index, node] of nodes.entries()) {
      if (index > 0 && index % 40 === 0) player = await startPlayer(lab.vm)
      const device = await player.create(played(node))
      expected.set(device.node, node)
    }
    await lab.vm.check(['udevadm', 'settle'])
    const byUdev = new Map(
      (await listed(lab.vm, 'with udev')).map((device) => [device.node, device]),
    )
    const own = new Map(
      (await listed(lab.vm, 'without udev')).map((device) => [device.node, device]),
    )
    expect(expected.size).toBe(nodes.length)
    for (const [path, node] of expected) {
      const [theirs, ours] = [byUdev.get(path), own.get(path)]
      const label = `${node.name} ${path}`
      const { traits, udevTraits = traits } = node.expect
      expect([...(ours?.traits ?? [])].sort(), label).toEqual([...traits].sort())
      expect([...(theirs?.traits ?? [])].sort(), label).toEqual([...udevTraits].sort())
      expect(ours?.kind, label).toBe(node.expect.kind)
      expect(theirs?.kind, label).toBe(node.expect.kind)
      expect(ours?.virtual, label).toBe(true)
    }
  })

  test('the machine’s own devices are real, and their links are their names', async () => {
    const devices = await listed(lab.vm, 'with udev')
    const real = devices.filter(({ virtual }) => !virtual)
    expect(real.map(({ kind }) => kind).sort()).toEqual([
      'keyboard',
      'keyboard',
      'keyboard',
      'mouse',
      'mouse',
      'mouse',
    ])
    for (const { identity } of real)
      expect(identity).toMatch(/^by-(id|path)\/.*-event-(kbd|mouse)$/)
  })

  test('a link that a killed evswitch has left says nothing of the next device', async () => {
    const evswitch = await startEvswitch(lab.vm)
    evswitch.process.kill('SIGKILL')
    await evswitch.process.waitForExit()
    while ((await lab.vm.inputDevices()).some(({ name }) => name.includes('evswitch')));
    await lab.vm.check(['udevadm', 'settle'])
    const player = await startPlayer(lab.vm)
    const next = [
      await player.create({ kind: 'keyboard', name: 'next', phys: 'one' }),
      await player.create({ kind: 'mouse', name: 'next', phys: 'two' }),
    ].map(({ node }) => node)
    // The kernel gives out the lowest number that is free.
    const { keyboard, mouse } = evswitch.guestNodes
    expect(next.sort()).toEqual([keyboard, mouse].sort())
    expect(await lab.vm.check('readlink /dev/input/by-id/evswitch-*')).not.toBe('')
    const devices = await listed(lab.vm, 'with udev')
    const identities = devices.filter(({ name }) => name === 'next').map((each) => each.identity)
    expect(identities.sort()).toEqual(['id/0001:0001:next:one:', 'id/0001:0001:next:two:'])
  })

  test('who has a device open is told', async () => {
    const node = await lab.vm.node(lab.vm.keyboard('usb'))
    const reader = await lab.vm.spawn(['reader', node])
    await reader.waitForLine('ready')
    const device = (await listed(lab.vm, 'with udev')).find((one) => one.node === node)
    expect(device?.users.map(({ name }) => name)).toEqual(['reader'])
  })
})

describe('a watch in a real kernel', () => {
  let script: string
  beforeAll(() => {
    const url = join(ROOT, 'dist/devices/watch.js')
    script = `
      const { deviceChanges } = await import('${url}')
      for await (const change of deviceChanges({ signal: new AbortController().signal })) {
        const { kind, node, reason, device } = change
        console.log([kind, device?.identity ?? node ?? '', reason ?? ''].join(' ').trim())
      }`
  })

  const startWatch = async (...wrapper: string[]): Promise<LabProcess> => {
    const path = '/tmp/watch.mjs'
    await lab.vm.writeFile(path, script)
    const process = await lab.vm.spawn([...wrapper, 'node', path])
    await process.waitForLine('listed')
    return process
  }

  test('sees a keyboard go and come back as the same', async () => {
    const watch = await startWatch()
    await lab.vm.deviceDel('usb-keyboard')
    const gone = await watch.waitForLine(/^departure by-id\/usb-QEMU_QEMU_USB_Keyboard/)
    await lab.vm.deviceAdd('usb-keyboard')
    await watch.waitForLine(gone.replace('departure', 'arrival'))
  })

  test('sees a permission that is given later, without delay to another device', async () => {
    const watch = await startWatch('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups')
    const player = await startPlayer(lab.vm)
    const device = await player.create({ kind: 'keyboard', name: 'late', phys: 'late' })
    await watch.waitForLine(`waiting ${device.node} no permission`)
    const other = await player.create({ kind: 'mouse', name: 'other', phys: 'other' })
    // udev gives each new node its rights, when it comes to it: a permission from before is lost then.
    await lab.vm.check(['udevadm', 'settle'])
    await lab.vm.check(['chmod', '666', other.node])
    await watch.waitForLine('arrival id/0001:0001:other:other:')
    await lab.vm.check(['chmod', '666', device.node])
    await watch.waitForLine('arrival id/0001:0001:late:late:')
  })
})
