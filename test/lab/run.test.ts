import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ROOT } from './cache.ts'
import { evswitchProgram, startEvswitch } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { sharedLab } from './shared-lab.ts'
import { type LabReader, startPlayer, startReader } from './tools.ts'
import type { RunResult } from './vm.ts'

const lab = sharedLab()

const rules = readFileSync(join(ROOT, 'udev/70-evswitch.rules'), 'utf8')
const installed = '/run/udev/rules.d/70-evswitch.rules'
const keyboardLink = '/dev/input/by-id/evswitch-guest-event-kbd'
const mouseLink = '/dev/input/by-id/evswitch-guest-event-mouse'
const KEY_A = 30
const EV_KEY = 1

/** Runs it to its end, which is soon when something is wrong. */
async function failingRun(
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<RunResult> {
  return await lab.vm.run([...prefix, ...evswitchProgram, 'run', ...args])
}

/** As a user with these groups and no rights of root. */
function asUser(...groups: readonly string[]): string[] {
  const given = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups']
  return ['setpriv', '--reuid=nobody', '--regid=nogroup', ...given, '--']
}

/** In a world of its own, in which a script has changed something. */
function inWorld(script: string): string[] {
  return ['unshare', '-m', 'sh', '-c', `${script} && exec "$@"`, 'sh']
}

/** No device is grabbed, nothing is pressed, and no node or link of ours is there. */
async function expectNothingLeft(): Promise<void> {
  const devices = await lab.vm.inputDevices()
  expect(devices.map(({ name }) => name).filter((name) => name.startsWith('evswitch'))).toEqual([])
  const nodes = devices.flatMap(({ node }) => node ?? [])
  const reader = await startReader(lab.vm, nodes, { grab: true })
  const pressed = [...(await reader.pressed()).values()].flat()
  await reader.stop()
  expect(pressed).toEqual([])
  await lab.vm.check(['udevadm', 'settle'])
  const links = await lab.vm.check('ls /dev/input/by-id')
  expect(links).not.toContain('evswitch')
}

describe('evswitch run, with its udev rules installed', () => {
  beforeEach(async () => {
    await lab.vm.writeFile(installed, rules)
    await lab.vm.check(['udevadm', 'control', '--reload'])
  })
  afterEach(async () => {
    await lab.vm.check(['rm', '-f', installed])
    await lab.vm.check(['udevadm', 'control', '--reload'])
    await lab.vm.check(['chmod', '600', '/dev/uinput'])
  })

  /** Starts it as a person does, without options. */
  async function start(...args: readonly string[]): Promise<LabProcess> {
    const process = await lab.vm.spawn([...evswitchProgram, 'run', ...args])
    await process.waitForLine(/^host has the input$/)
    return process
  }

  async function consume(): Promise<LabReader> {
    return await startReader(lab.vm, [keyboardLink, mouseLink], { grab: true })
  }

  test('says in words what it has, what the guest needs, how to switch and how to get out', async () => {
    const process = await start()
    const text = process.stdout.text
    expect(text).toMatch(/^Taken while a guest has the input: 6 devices$/m)
    expect(text).toMatch(/^ {2}QEMU QEMU USB Keyboard +keyboard, event\d+$/m)
    expect(text).toContain(`  ${keyboardLink}\n  ${mouseLink}\n`)
    expect(text).toContain(
      `-object input-linux,id=evswitch-guest-kbd,evdev=${keyboardLink},grab_all=on,repeat=on \\\n`,
    )
    expect(text).toContain(`<source dev='${keyboardLink}' grab='all' repeat='on'/>`)
    expect(text).toMatch(/^Switch: +left Ctrl \+ right Ctrl +\(host → guest → host\)$/m)
    expect(text).toMatch(/^Emergency: +left Ctrl \+ right Ctrl \+ Esc/m)
    expect(text).toMatch(/no other keyboard and no other mouse/)
    expect(process.stderr.text).toBe('')
    expect(text.split('\n').length).toBeLessThan(35)
    const links = await lab.vm.check(['readlink', '-f', keyboardLink, mouseLink])
    expect(links).toMatch(/^\/dev\/input\/event\d+\n\/dev\/input\/event\d+\n$/)
    process.kill('SIGTERM')
    expect(await process.waitForExit()).toMatchObject({ status: 0 })
    await expectNothingLeft()
  })

  test('tells each switch and each coming and going in one line', async () => {
    const process = await start()
    const before = process.stdout.lines.length
    const keyboard = lab.vm.keyboard('usb')
    const chord = async () => {
      await keyboard.press('ctrl', 'ctrl_r')
      await keyboard.release('ctrl', 'ctrl_r')
    }
    await chord()
    await process.waitForLine('start the VM first')
    const guest = await consume()
    await process.waitForLine('has opened its nodes')
    await chord()
    await process.waitForLine('guest has the input')
    await keyboard.tap('a')
    await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
    await lab.vm.deviceDel('usb-mouse')
    await process.waitForLine(/^- /)
    await lab.vm.deviceAdd('usb-mouse')
    await process.waitForLine(/^\+ /)
    await chord()
    await process.waitForLine('host has the input')
    await keyboard.press('ctrl', 'ctrl_r', 'esc')
    await process.waitForLine(/^panic/)
    await keyboard.release('ctrl', 'ctrl_r', 'esc')
    await chord()
    await process.waitForLine('guest has the input')
    await guest.stop()
    await process.waitForLine('guest is gone')
    expect(
      process.stdout.lines.slice(before).map((line) => line.replace(/event\d+/, 'eventN')),
    ).toEqual([
      'guest: nobody has opened its nodes; start the VM first',
      'guest: a machine has opened its nodes',
      'guest has the input',
      '- QEMU QEMU USB Mouse (eventN)',
      '+ QEMU QEMU USB Mouse (eventN)',
      'host has the input',
      'guest has the input',
      'panic: everything is back, host has the input',
      'guest has the input',
      'guest: its nodes are no longer used',
      'host has the input: guest is gone',
    ])
    process.kill('SIGINT')
    expect(await process.waitForExit()).toMatchObject({ status: 0 })
    await expectNothingLeft()
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`ends cleanly at ${signal} while the guest has the input and a key is held`, async () => {
      const process = await start()
      const guest = await consume()
      const host = await startReader(lab.vm, [await lab.vm.node(lab.vm.keyboard('usb'))])
      const keyboard = lab.vm.keyboard('usb')
      await keyboard.press('ctrl', 'ctrl_r')
      await process.waitForLine('guest has the input')
      await keyboard.release('ctrl', 'ctrl_r')
      await keyboard.press('a')
      await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
      process.kill(signal)
      await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
      expect(await process.waitForExit()).toMatchObject({ status: 0, signal: undefined })
      await keyboard.release('a')
      await keyboard.tap('b')
      await host.waitFor({ type: EV_KEY, code: 48, value: 0 })
      expect([...(await host.pressed()).values()].flat()).toEqual([])
      await host.stop()
      await expectNothingLeft()
    })
  }

  test('ends at once at a second signal', async () => {
    const process = await start()
    process.kill('SIGTERM')
    process.kill('SIGTERM')
    const { status } = await process.waitForExit()
    expect([0, 143]).toContain(status)
    await expectNothingLeft()
  })

  test('is refused while another one has a target of the same name', async () => {
    const first = await start()
    const { status, stderr } = await lab.vm.run([...evswitchProgram, 'run'])
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^evswitch: another evswitch has a target named guest already \(\/dev\/input\/event\d+\)\nend that one, or choose another name with --target\n$/,
    )
    first.kill()
    await first.waitForExit()
  })

  test('runs for an ordinary user who was given the nodes, with one warning', async () => {
    await lab.vm.check('chmod 666 /dev/uinput')
    const user = asUser('input')
    const process = await lab.vm.spawn([...user, ...evswitchProgram, 'run', '--target', 'guest'])
    await process.waitForLine(/^host has the input$/)
    await process.stderr.waitForLine('--realtime off')
    expect(process.stderr.text).toMatch(
      /^evswitch: warning: real-time priority is refused \(EPERM\): .*\n.*\n$/,
    )
    process.kill()
    expect(await process.waitForExit()).toMatchObject({ status: 0 })
    await expectNothingLeft()
  })
})

describe('evswitch run, without udev', () => {
  test('makes the links itself, and removes them', async () => {
    const blind = inWorld('mount -t tmpfs none /run/udev')
    const process = await lab.vm.spawn([...blind, ...evswitchProgram, 'run'])
    await process.waitForLine(/^host has the input$/)
    expect(process.stdout.text).toContain(`  ${keyboardLink}\n`)
    const guest = await startReader(lab.vm, [keyboardLink], { grab: true })
    process.kill()
    expect(await process.waitForExit()).toMatchObject({ status: 0 })
    await guest.stop()
    await expectNothingLeft()
  })
})

describe('evswitch run, with devices that come', () => {
  test('takes real ones, leaves virtual ones, and takes what was named whenever it comes', async () => {
    const player = await startPlayer(lab.vm)
    const pad = await player.create({ kind: 'keyboard', name: 'Lab macro pad' })
    await lab.vm.check(['udevadm', 'settle'])
    const named = await startEvswitch(lab.vm, { args: ['--device', 'macro pad'] })
    expect(named.started.devices.map(({ name }) => name)).toEqual(['Lab macro pad'])
    await pad.destroy()
    await named.waitFor('device-departed')
    await player.create({ kind: 'keyboard', name: 'Lab other pad' })
    await player.create({ kind: 'keyboard', name: 'Lab macro pad' })
    const { device } = await named.waitFor('device-arrived')
    expect(device).toMatchObject({ name: 'Lab macro pad', kind: 'keyboard' })
    expect(named.notices.filter(({ event }) => event === 'device-arrived')).toHaveLength(1)
    await named.stop()
    await player.stop()
    await expectNothingLeft()
  })
})

describe('evswitch run refuses', () => {
  test('a user without rights on the devices', async () => {
    const { status, stdout, stderr } = await failingRun([], asUser())
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^evswitch: cannot open \/dev\/input\/event\d+: permission denied\nrun evswitch with sudo, or join the group "input" .*\n$/,
    )
    expect(status).toBe(4)
  })

  test('a user without rights on uinput', async () => {
    const { status, stderr } = await failingRun([], asUser('input'))
    expect(stderr).toMatch(
      /^evswitch: cannot open \/dev\/uinput: permission denied\nrun evswitch with sudo.*\n$/,
    )
    expect(status).toBe(4)
  })

  test('a kernel without uinput', async () => {
    const { status, stderr } = await failingRun(
      [],
      inWorld(
        'mount -t tmpfs none /mnt && cp -a /dev/input /dev/null /mnt && mount --move /mnt /dev',
      ),
    )
    expect(stderr).toMatch(
      /^evswitch: cannot create input devices: \/dev\/uinput is missing\nload the kernel module: sudo modprobe uinput.*\n$/,
    )
    expect(status).toBe(5)
  })

  test('a system without /dev/input', async () => {
    const { status, stderr } = await failingRun([], inWorld('mount -t tmpfs none /dev'))
    expect(stderr).toMatch(/^evswitch: \/dev\/input is missing: .*\nload the kernel module .*\n$/)
    expect(status).toBe(5)
  })

  test('a machine without keyboard and mouse', async () => {
    const { status, stderr } = await failingRun([], inWorld('mount -t tmpfs none /sys/class/input'))
    expect(stderr).toBe(
      'evswitch: this machine has no real keyboard and no mouse\nplug one in and try again\n',
    )
    expect(status).toBe(6)
  })

  test('a device that nobody knows, with the nearest name', async () => {
    const { status, stderr } = await failingRun(['--device', 'QEMU USB Keybord'])
    expect(stderr).toMatch(
      /^evswitch: no device is called "QEMU USB Keybord"\ndid you mean event\d+, "QEMU QEMU USB Keyboard"\? .*\n$/,
    )
    expect(status).toBe(2)
  })

  test('a device that went away before it could be opened', async () => {
    const node = await lab.vm.node(lab.vm.keyboard('usb'))
    const gone = inWorld(
      `mount -t tmpfs none /mnt && cp -a /dev/input/. /mnt && rm /mnt/${node.slice('/dev/input/'.length)} && mount --move /mnt /dev/input`,
    )
    const { status, stderr } = await failingRun(['--device', node], gone)
    expect(stderr).toBe(
      `evswitch: cannot open ${node}: the device is gone\nevswitch devices lists those there are\n`,
    )
    expect(status).toBe(1)
  })

  test('a device that another program has, and says which', async () => {
    const node = await lab.vm.node(lab.vm.keyboard('usb'))
    const grabber = await lab.vm.spawn(['grabber', node])
    await grabber.waitForLine('grabbed')
    const command = [...evswitchProgram, 'run', '--device', node]
    const root = await lab.vm.run(command)
    expect(root.stderr).toMatch(
      new RegExp(
        `^evswitch: cannot grab ${node}: another program has it; open in: (.*, )?grabber \\(${grabber.pid}\\).*\n.*\n$`,
      ),
    )
    expect(root.status).toBe(1)
    const user = await lab.vm.run([...asUser('input'), ...command])
    expect(user.stderr).toBe(
      `evswitch: cannot grab ${node}: another program has it\nas root its name can be seen: sudo evswitch devices\n`,
    )
    expect(user.status).toBe(1)
    await grabber.stop()
  })

  test('them all without leaving anything behind', async () => {
    await expectNothingLeft()
  })
})

test('evswitch run without names leaves a device to the program that has it', async () => {
  const node = await lab.vm.node(lab.vm.keyboard('usb'))
  const grabber = await lab.vm.spawn(['grabber', node])
  await grabber.waitForLine('grabbed')
  const evswitch = await startEvswitch(lab.vm)
  expect(evswitch.started.devices.map((device) => device.node)).not.toContain(node)
  expect(evswitch.started['left']).toEqual([
    expect.objectContaining({ node, reason: 'another program has it' }),
  ])
  await evswitch.stop()
  await grabber.stop()
  await expectNothingLeft()
})

test('evswitch run says at the switch who has a device for itself', async () => {
  const node = await lab.vm.node(lab.vm.mouse('ps2')) // which has no scancodes to be asked by before
  const grabber = await lab.vm.spawn(['grabber', node])
  await grabber.waitForLine('grabbed')
  const evswitch = await startEvswitch(lab.vm)
  expect(evswitch.started.devices.map((device) => device.node)).toContain(node)
  const { keyboard } = evswitch.guestNodes
  const guest = await startReader(lab.vm, [keyboard], { grab: true })
  await lab.vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'guest' })
  await lab.vm.keyboard('usb').release('ctrl', 'ctrl_r')
  const { code, message } =
    evswitch.notices.find(({ event }) => event === 'device-failed') ??
    (await evswitch.waitFor('device-failed'))
  expect(code).toBe('device-busy')
  expect(message).toContain(`cannot grab ${node}: another program has it; open in: grabber`)
  await evswitch.stop()
  await guest.stop()
  await grabber.stop()
  await expectNothingLeft()
})
