import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './cache.ts'
import { ask, startService } from './service.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'

const lab = sharedLab()

const program = join(ROOT, 'native/build/evswitch-holder')
const socket = '/run/evswitch-holder.sock'
const nodes = [
  '/dev/input/by-id/evswitch-guest-event-kbd',
  '/dev/input/by-id/evswitch-guest-event-mouse',
]
const EV_KEY = 1
const KEY_B = 48
const KEY_C = 46

test('without systemd the holder keeps the nodes of a guest while the service is killed', async () => {
  const { vm } = lab
  await vm.spawn([program, socket])
  await vm.check(`until [ -S ${socket} ]; do sleep 0.05; done`)
  const service = await startService(vm, '', ['--holder', socket])
  const guest = await startReader(vm, nodes, { grab: true })
  const minors = await vm.check(['stat', '-L', '-c', '%T', ...nodes])
  expect(await ask(vm, 'switch', 'guest')).toMatchObject({ active: 'guest' })
  await vm.keyboard('usb').press('b')
  await guest.waitFor({ type: EV_KEY, code: KEY_B, value: 1 })

  service.kill('SIGKILL')
  await service.waitForExit()
  await startService(vm, '', ['--holder', socket])
  await guest.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  await vm.keyboard('usb').release('b')
  expect(await vm.check(['stat', '-L', '-c', '%T', ...nodes])).toBe(minors)
  expect(await ask(vm, 'switch', 'guest')).toMatchObject({ active: 'guest' })
  await vm.keyboard('usb').tap('c')
  await guest.waitFor({ type: EV_KEY, code: KEY_C, value: 0 })
  expect([...(await guest.pressed()).values()].flat()).toEqual([])
})
