import { expect, test } from 'vitest'
import { type LabEvswitch, startEvswitch } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { startLinuxGuest } from './linux-guest.ts'
import { ask, startService, writeServiceConfig } from './service.ts'
import { sharedLab } from './shared-lab.ts'
import type { LabVm } from './vm.ts'

const LED_NUML = 0
const LED_CAPSL = 1
const LED_SCROLLL = 2

const lab = sharedLab()

test('lamps follow the guest, are dark for one that writes none, and are the released host’s on return', async () => {
  const { vm } = lab
  const lamps = await Promise.all(
    (['usb', 'ps2'] as const).map(async (kind) => startLamps(vm, await vm.node(vm.keyboard(kind)))),
  )
  const [usb] = lamps
  const evswitch = await startEvswitch(vm)
  const { keyboard } = evswitch.guestNodes
  const consumer = await startConsumer(vm, keyboard)
  await usb?.write(LED_NUML, true)
  await usb?.waitUntilLit(LED_NUML)

  await pressChord(vm, evswitch, 'guest')
  for (const each of lamps) await each.waitUntilLit()
  const guestLamps = await startLamps(vm, keyboard)
  await guestLamps.write(LED_CAPSL, true)
  for (const each of lamps) await each.waitUntilLit(LED_CAPSL)
  // What the host writes meanwhile does not show, and is not forgotten.
  await usb?.write(LED_SCROLLL, true)
  await usb?.waitUntilLit(LED_CAPSL)

  await pressChord(vm, evswitch, 'host')
  await evswitch.waitUntilGivenBack()
  await usb?.waitUntilLit(LED_NUML, LED_SCROLLL)
  await lamps[1]?.waitUntilLit()

  await pressChord(vm, evswitch, 'guest')
  for (const each of lamps) await each.waitUntilLit(LED_CAPSL)
  consumer.kill('SIGKILL')
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await evswitch.waitUntilGivenBack()
  await usb?.waitUntilLit(LED_NUML, LED_SCROLLL)

  // Another guest does not inherit the lamps of the one before.
  await startConsumer(vm, keyboard)
  await pressChord(vm, evswitch, 'guest')
  for (const each of lamps) await each.waitUntilLit()
  await evswitch.stop()
  await usb?.waitUntilLit(LED_NUML, LED_SCROLLL)
  await usb?.write(LED_NUML, false)
  await usb?.write(LED_SCROLLL, false)
})

test('Caps Lock in a Linux guest that has its keyboard by virtio-input lights the lamp of the real one, while the guest has the input', async () => {
  const { vm } = lab
  const usb = vm.keyboard('usb')
  const lamps = await startLamps(vm, await vm.node(usb))
  const evswitch = await startEvswitch(vm)
  const guest = await startLinuxGuest(vm, evswitch.guestNodes.keyboard)
  await pressChord(vm, evswitch, 'guest')
  await lamps.waitUntilLit()
  await usb.tap('caps_lock')
  await lamps.waitUntilLit(LED_CAPSL)
  await pressChord(vm, evswitch, 'host')
  await evswitch.waitUntilGivenBack()
  await lamps.waitUntilLit()
  await pressChord(vm, evswitch, 'guest')
  await lamps.waitUntilLit(LED_CAPSL)
  await usb.tap('caps_lock')
  await lamps.waitUntilLit()
  await guest.stop()
  await evswitch.stop()
})

test('lamps follow a proxied host by its own node, and a guest by its', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm, { args: ['--host-mode', 'proxy'] })
  const { keyboard } = evswitch.guestNodes
  await startConsumer(vm, keyboard)
  const usb = await startLamps(vm, await vm.node(vm.keyboard('usb')))
  const devices = await vm.inputDevices()
  const hostNode = devices.find(({ phys }) => phys === 'evswitch-host-event-kbd')?.node
  expect(hostNode).toBeDefined()
  const host = await startLamps(vm, hostNode ?? '')
  const guest = await startLamps(vm, keyboard)

  await host.write(LED_NUML, true)
  await usb.waitUntilLit(LED_NUML)
  await guest.write(LED_CAPSL, true)
  await pressChord(vm, evswitch, 'guest')
  await usb.waitUntilLit(LED_CAPSL)
  await host.write(LED_SCROLLL, true)
  await guest.write(LED_CAPSL, false)
  await usb.waitUntilLit()
  await pressChord(vm, evswitch, 'host')
  await usb.waitUntilLit(LED_NUML, LED_SCROLLL)
  await evswitch.stop()
})

test('Scroll Lock is lit while a guest has the input, where the configuration wants it', async () => {
  const { vm } = lab
  const service = await startService(vm, '[host]\nindicator = true\n')
  const usb = await startLamps(vm, await vm.node(vm.keyboard('usb')))
  await startConsumer(vm, '/dev/input/by-id/evswitch-guest-event-kbd')
  await ask(vm, 'switch', 'guest')
  await usb.waitUntilLit(LED_SCROLLL)
  await writeServiceConfig(vm, '')
  service.kill('SIGHUP')
  await service.stderr.waitForLine('indicator: changed')
  await usb.waitUntilLit()
  await writeServiceConfig(vm, '[host]\nindicator = true\n')
  service.kill('SIGHUP')
  await service.stderr.waitForLine('indicator: changed')
  await usb.waitUntilLit(LED_SCROLLL)
  await ask(vm, 'switch', 'host')
  await usb.waitUntilLit()
})

/** Somebody who grabs a node as a guest's QEMU does. */
async function startConsumer(vm: LabVm, node: string): Promise<LabProcess> {
  const consumer = await vm.spawn(['grabber', node])
  await consumer.waitForLine('grabbed')
  return consumer
}

async function pressChord(vm: LabVm, evswitch: LabEvswitch, target: string): Promise<void> {
  await vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target })
  await vm.keyboard('usb').release('ctrl', 'ctrl_r')
}

async function startLamps(vm: LabVm, node: string): Promise<Lamps> {
  const process = await vm.spawn(['leds', node])
  await process.waitForLine('ready')
  return new Lamps(process)
}

/** The lamps of a node, as one of its listeners writes and sees them (tools/leds.c). */
class Lamps {
  readonly #process: LabProcess

  constructor(process: LabProcess) {
    this.#process = process
  }

  async write(led: number, on: boolean): Promise<void> {
    this.#process.write(`${led} ${on ? 1 : 0}\n`)
    await this.#state()
  }

  /** Waits until these are lit and no others. */
  async waitUntilLit(...leds: readonly number[]): Promise<void> {
    const wanted = leds.join(' ')
    for (let look = 0; look < 500; look++) if ((await this.#state()) === wanted) return
    expect(await this.#state(), this.#process.stdout.text).toBe(wanted)
  }

  async #state(): Promise<string> {
    this.#process.write('state\n')
    const [, , ...lit] = (await this.#process.waitForLine('lit ')).split(' ')
    return lit.join(' ')
  }
}
