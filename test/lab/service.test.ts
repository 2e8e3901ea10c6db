import { describe, expect, test } from 'vitest'
import { evswitchProgram } from './evswitch.ts'
import { ask, startService, writeServiceConfig } from './service.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'

const lab = sharedLab()

const keyboardLink = '/dev/input/by-id/evswitch-guest-event-kbd'
const mouseLink = '/dev/input/by-id/evswitch-guest-event-mouse'
const socket = '/run/evswitch/control.sock'
const EV_KEY = 1
const KEY_A = 30

test('a service is looked at and switched by its socket, and ends as if it had never been', async () => {
  // A service that was killed, as tests before this one may have done, leaves its directory.
  await lab.vm.check('rm -rf /run/evswitch')
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
      'evswitch: nobody is there to take the input for guest\nstart the VM, or the client on the other computer, first; host has the input\n',
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

describe('a reload', () => {
  const two = (rest = '') => `
    [[target]]
    name = "guest"
    [[target]]
    name = "mac"
    ${rest}`

  test('adds and removes targets and hotkeys while a key is held, and drops no node', async () => {
    const service = await startService(lab.vm)
    const guest = await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
    await ask(lab.vm, 'switch', 'guest')
    const before = await lab.vm.check(`readlink -f ${keyboardLink}`)
    await lab.vm.keyboard('usb').press('a')
    await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })

    await writeServiceConfig(
      lab.vm,
      two(`
        [[hotkey]]
        keys = "f12"
        action = "switch"
        target = "guest"
        [engine]
        realtime = "off"`),
    )
    expect(await ask(lab.vm, 'reload')).toEqual({
      changes: ['target mac: added', 'hotkeys: changed'],
      later: ['engine.realtime changes when evswitch is started again'],
    })
    const state = await ask(lab.vm, 'status')
    expect(state).toMatchObject({ active: 'guest' })
    expect(state['targets']).toMatchObject([{ name: 'host' }, { name: 'guest' }, { name: 'mac' }])
    expect(await lab.vm.check(`readlink -f ${keyboardLink}`)).toBe(before)
    expect([...(await guest.pressed()).values()].flat()).toEqual([KEY_A])
    await lab.vm.keyboard('usb').release('a')
    await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
    // The former hotkey is gone, the new one is there.
    await lab.vm.keyboard('usb').press('ctrl', 'ctrl_r')
    await lab.vm.keyboard('usb').release('ctrl_r', 'ctrl')
    await lab.vm.keyboard('usb').tap('f12')
    await service.stderr.waitForLine('"reason":"hotkey"')
    expect(await ask(lab.vm, 'status')).toMatchObject({ active: 'host' })

    await writeServiceConfig(lab.vm, two().replace('"guest"', '"linux"'))
    service.kill('SIGHUP')
    await service.stderr.waitForLine('target guest: removed')
    const links = await lab.vm.check('ls /dev/input/by-id')
    expect(links).toContain('evswitch-linux-event-kbd')
    expect(links).not.toContain('evswitch-guest')
  })

  test('of a file with an error changes nothing, and says where the error is', async () => {
    const service = await startService(lab.vm)
    await writeServiceConfig(lab.vm, '[[target]]\nname = "mac"\n[[hotkey]]\nkeys = "f99"')
    const reload = await lab.vm.run([...evswitchProgram, 'reload'])
    expect(reload.status).toBe(6)
    expect(reload.stderr).toMatch(/config\.toml:4:8: keys: unknown key "f99"/)
    service.kill('SIGHUP')
    await service.stderr.waitForLine('"msg":"configuration was not reloaded"')
    const { targets } = await ask(lab.vm, 'status')
    expect(targets).toMatchObject([{ name: 'host' }, { name: 'guest' }])
  })

  test('takes other devices, and pins one to a guest', async () => {
    await startService(lab.vm)
    const guest = await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
    await writeServiceConfig(
      lab.vm,
      '[[source]]\ndevice = "QEMU QEMU USB Keyboard"\ntarget = "guest"',
    )
    expect(await ask(lab.vm, 'reload')).toMatchObject({ changes: ['sources: changed'] })
    await lab.vm.keyboard('usb').tap('a')
    await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
    expect(await ask(lab.vm, 'status')).toMatchObject({ active: 'host' })
    await writeServiceConfig(lab.vm, '[[source]]\ndevice = "QEMU QEMU USB Keyboard"')
    await ask(lab.vm, 'reload')
    const { devices } = await ask(lab.vm, 'status')
    expect(devices).toMatchObject([{ name: 'QEMU QEMU USB Keyboard' }])
  })
})

test('a lock keeps the input where it is, a command ends it; a hotkey runs a hook; the log tells all of it', async () => {
  const hotkey = (keys: string, rest: string) => `[[hotkey]]\nkeys = "${keys}"\n${rest}\n`
  const service = await startService(
    lab.vm,
    hotkey('f9', 'action = "next"') +
      hotkey('f10', 'action = "lock"') +
      hotkey('f11', 'action = "hook"\nhook = "lamp"'),
  )
  const guest = await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
  const hook =
    '[[hook]]\non = "hotkey"\nhook = "lamp"\nrun = ["sh", "-c", "echo ran $EVSWITCH_HOOK"]\n'
  await lab.vm.writeFile('/run/evswitch-test/agent.toml', `${hook}[log]\nlevel = "info"\n`)
  const agentCommand = [...evswitchProgram, 'agent', '--config', '/run/evswitch-test/agent.toml']
  const agent = await lab.vm.spawn(agentCommand)
  await agent.stderr.waitForLine('"msg":"service was found"')
  const log = await lab.vm.spawn([...evswitchProgram, 'log', '--follow', '--json'])
  await log.waitForLine('"msg":"service is ready"')
  await service.stderr.waitForLine('"msg":"consumer"')
  for (const key of ['f10', 'f9', 'f11'] as const) await lab.vm.keyboard('usb').tap(key)
  await log.waitForLine('"hook":"lamp"')
  await agent.stderr.waitForLine('ran lamp')
  agent.kill('SIGTERM')
  expect(await agent.waitForExit()).toMatchObject({ status: 0 })
  expect(log.stdout.text).toContain('"locked":true')
  expect(log.stdout.text).not.toContain('"msg":"switched"')
  expect(await ask(lab.vm, 'status')).toMatchObject({ active: 'host', locked: true })
  expect(await ask(lab.vm, 'switch', 'guest')).toMatchObject({ active: 'guest' })
  expect(await ask(lab.vm, 'status')).toMatchObject({ locked: false })
  await lab.vm.keyboard('usb').press('a')
  await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
  expect(await ask(lab.vm, 'release', 'guest')).toMatchObject({ outcome: 'repaired' })
  expect(await ask(lab.vm, 'release')).toEqual({ outcome: 'released', active: 'host' })
  expect([...(await guest.pressed()).values()].flat()).toEqual([])
  await lab.vm.keyboard('usb').release('a')
  await service.stop()
  expect(await log.waitForExit()).toMatchObject({ status: 7 })
})
