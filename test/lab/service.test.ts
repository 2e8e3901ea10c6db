import { expect, test } from 'vitest'
import { evswitchProgram } from './evswitch.ts'
import { ask, startService } from './service.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'

const lab = sharedLab()

const keyboardLink = '/dev/input/by-id/evswitch-guest-event-kbd'
const mouseLink = '/dev/input/by-id/evswitch-guest-event-mouse'
const socket = '/run/evswitch/control.sock'
const EV_KEY = 1
const KEY_A = 30

test('a service is looked at and switched by its socket, and ends as if it had never been', async () => {
  const service = await startService(lab.vm)
  expect(await lab.vm.check(`stat -c '%a %U' /run/evswitch ${socket}`)).toBe('700 root\n600 root\n')
  expect(await ask(lab.vm, 'status')).toMatchObject({
    active: 'host',
    targets: [
      { name: 'host' },
      { name: 'guest', consumed: false, nodes: [keyboardLink, mouseLink] },
    ],
  })
  const refused = await lab.vm.run([...evswitchProgram, 'switch', 'guest'])
  expect(refused).toMatchObject({
    status: 7,
    stderr:
      'evswitch: nobody has opened the nodes of guest\nstart the VM first; host has the input\n',
  })

  const guest = await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
  expect(await ask(lab.vm, 'switch', 'next')).toMatchObject({
    outcome: 'switched',
    active: 'guest',
  })
  await lab.vm.keyboard('usb').tap('a')
  await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  const text = await lab.vm.check([...evswitchProgram, 'status'])
  expect(text).toMatch(/^guest has the input, for \d+ s$/m)
  expect(text).toMatch(/^ {2}\* guest {2}a machine uses its nodes, for \d+ s/m)
  expect(text).toMatch(/^ {2}keys( +\d+(\.\d+)? [um]s){4} +[1-9]\d*$/m)
  expect(await ask(lab.vm, 'switch', 'host')).toMatchObject({ active: 'host' })

  service.kill('SIGTERM')
  expect(await service.waitForExit()).toMatchObject({ status: 0 })
  expect((await lab.vm.run(['test', '-e', '/run/evswitch'])).status).toEqual(1)
  expect((await lab.vm.run([...evswitchProgram, 'status'])).status).toEqual(7)
})

test('a second service says that there is one; after a crash the next takes its place', async () => {
  const first = await startService(lab.vm)
  const command = [...evswitchProgram, 'service', 'run']
  const second = await lab.vm.run(command)
  expect(second).toMatchObject({
    status: 1,
    stderr:
      `evswitch: another evswitch runs already, and listens at ${socket}\n` +
      'evswitch status shows it; end it first, or give this one another --socket\n',
  })
  expect(await ask(lab.vm, 'status')).toMatchObject({ pid: first.pid })
  first.kill('SIGKILL')
  await first.waitForExit()
  expect((await lab.vm.run(['test', '-S', socket])).status).toEqual(0)
  const next = await startService(lab.vm)
  expect(await ask(lab.vm, 'status')).toMatchObject({ pid: next.pid })
})

test('without a place for its socket a service says so, and moves the input', async () => {
  await lab.vm.check('rm -rf /run/evswitch && touch /run/evswitch')
  const service = await startService(lab.vm)
  const [warning] = service.stderr.lines.filter((line) => line.includes('"level":"warn"'))
  expect(warning).toContain(`cannot make the control socket ${socket}: ENOTDIR`)
  const guest = await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
  await lab.vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await service.stderr.waitForLine('"msg":"switched"')
  await lab.vm.keyboard('usb').release('ctrl', 'ctrl_r')
  await lab.vm.keyboard('usb').tap('a')
  await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  await lab.vm.check('rm -f /run/evswitch')
})
