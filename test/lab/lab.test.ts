import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { ROOT } from './cache.ts'
import { within } from './deadline.ts'
import type { KeyboardKind, MouseKind } from './devices.ts'
import { startNestedGuest } from './nested-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { startPlayer, startReader } from './tools.ts'
import { bootLab, type LabVm } from './vm.ts'

const EV_KEY = 1
const EV_REL = 2
const EV_LED = 17
const KEY_A = 30
const KEY_B = 48
const KEY_RIGHTCTRL = 97
const BTN_LEFT = 0x110
const BTN_SIDE = 0x113
const REL_X = 0
const REL_Y = 1
const REL_WHEEL = 8
const LED_CAPSL = 1

const lab = sharedLab()

describe('the machine', () => {
  test('runs its own kernel on our files', async () => {
    const release = await lab.vm.check(['uname', '-r'])
    expect(release.trim()).toBe(lab.vm.kernelRelease)
    const path = join(ROOT, 'test/lab/lab.test.ts')
    expect(await lab.vm.readFile(path)).toBe(readFileSync(path, 'utf8'))
  })

  test('keeps what it writes to itself', async () => {
    const path = join(ROOT, 'test/written in the lab/file')
    await lab.vm.writeFile(path, 'here\n')
    expect(await lab.vm.readFile(path)).toBe('here\n')
    expect(existsSync(path)).toBe(false)
  })

  test('has links by id and by path to its devices', async () => {
    const links = await lab.vm.check('find /dev/input/by-id /dev/input/by-path -type l')
    expect(links).toMatch(/by-id\/usb-QEMU_QEMU_USB_Keyboard_.*-event-kbd$/m)
    expect(links).toMatch(/by-id\/usb-QEMU_QEMU_USB_Mouse_.*-event-mouse$/m)
    expect(links).toMatch(/by-path\/platform-i8042-serio-0-event-kbd$/m)
    expect(links).toMatch(/by-path\/platform-i8042-serio-1-event-mouse$/m)
    expect(links).toMatch(/by-path\/pci-0000:00:05\.0-usb-0:1:1\.0-event-kbd$/m)
  })

  test('says on its console why it ended', async () => {
    const vm = await bootLab({ devices: [], udev: false })
    const sleeper = await vm.spawn(['sleep', '1000'])
    await vm.spawn('echo c > /proc/sysrq-trigger')
    await expect(sleeper.waitForExit()).rejects.toThrow(
      /the machine ended by itself[\s\S]*Kernel panic - not syncing: sysrq triggered crash/,
    )
    await expect(vm.run(['true'])).rejects.toThrow('the machine ended by itself')
    await expect(vm.qmp.execute('query-status')).rejects.toThrow('the machine ended by itself')
    await vm.shutdown()
  })

  test('gives the same durations in every boot in virtual time', async () => {
    const spin = async () => {
      const vm = await bootLab({ virtualTime: true, devices: [], udev: false })
      const durations = await vm.check('spin 5; spin 5; spin 5; spin 5; spin 5')
      await vm.shutdown()
      return Math.min(...durations.trim().split('\n').map(Number))
    }
    const [first, second] = [await spin(), await spin()]
    expect(Math.abs(first / second - 1)).toBeLessThan(0.005)
  })
})

describe('a process in the machine', () => {
  test('gives its output and exit status', async () => {
    const result = await lab.vm.run('echo out; echo err >&2; exit 3')
    expect(result).toEqual({ status: 3, signal: undefined, stdout: 'out\n', stderr: 'err\n' })
  })

  test('that a signal ended has 128 and its number as status', async () => {
    const result = await lab.vm.run('kill -TERM $$')
    expect(result).toMatchObject({ status: 143, signal: 15 })
  })

  test('that cannot be started is an error', async () => {
    await expect(lab.vm.run(['/no/such/program'])).rejects.toThrow(/no\/such\/program: ENOENT/)
  })

  test('has arguments, variables, folder and input as given', async () => {
    const script = 'pwd; echo "$GREETING"; printf "%s|" "$@"; cat'
    const result = await lab.vm.run(['sh', '-c', script, 'sh', 'a b', '', "c'd"], {
      cwd: '/usr/share',
      env: { GREETING: 'hello there' },
      input: 'line\n',
    })
    expect(result.stdout).toBe("/usr/share\nhello there\na b||c'd|line\n")
  })

  test('moves megabytes both ways unharmed', async () => {
    const input = 'ä0123456789abcdef\n'.repeat(100_000)
    const { stdout } = await lab.vm.run(['cat'], { input })
    expect(stdout === input).toBe(true)
  })

  test('runs beside others', async () => {
    const first = await lab.vm.spawn('read line; echo "first $line"')
    const second = await lab.vm.spawn('read line; echo "second $line"')
    second.write('b\n')
    expect(await second.waitForLine(/^second/)).toBe('second b')
    first.write('a\n')
    expect(await first.waitForLine(/^first/)).toBe('first a')
    expect(await first.waitForExit()).toMatchObject({ status: 0 })
  })

  test('ends when it is killed, with all of its group', async () => {
    const shell = await lab.vm.spawn('sleep 1000 & echo $!; wait')
    const child = await shell.waitForLine(/^\d+$/)
    shell.killGroup('SIGKILL')
    expect(await shell.waitForExit()).toMatchObject({ signal: 9 })
    expect(await lab.vm.run(`kill -0 ${child}`)).toMatchObject({ status: 1 })
  })

  test('has a terminal when asked for one', async () => {
    const shell = await lab.vm.spawn(['sh', '-c', 'stty size; tty'], {
      terminal: { rows: 30, columns: 100 },
    })
    await shell.waitForExit()
    expect(shell.stdout.lines[0]).toBe('30 100')
    expect(shell.stdout.lines[1]).toMatch(/^\/dev\/pts\//)
  })

  test('that is waited for in vain is shown with its last lines', async () => {
    const shell = await lab.vm.spawn('echo something else; exec sleep 1000')
    await shell.waitForLine('something')
    await expect(shell.waitForLine('never', 50)).rejects.toThrow(
      /no line matched "never"[\s\S]*still running[\s\S]*something else/,
    )
  })

  test('is gone after a reset', async () => {
    const shell = await lab.vm.spawn('setsid sleep 1000 & echo $!; wait')
    const child = await shell.waitForLine(/^\d+$/)
    await lab.vm.reset()
    expect(await shell.waitForExit()).toMatchObject({ signal: 9 })
    expect(await lab.vm.run(`kill -0 ${child}`)).toMatchObject({ status: 1 })
  })
})

describe('keyboards', () => {
  test.each<KeyboardKind>(['usb', 'ps2', 'virtio'])(
    'a key pressed on the %s keyboard is seen on its node and on no other',
    async (kind) => {
      const { reader, node } = await readAll(lab.vm, lab.vm.keyboard(kind))
      await lab.vm.keyboard(kind).press('a')
      await reader.waitFor({ node, type: EV_KEY, code: KEY_A, value: 1 })
      expect((await reader.pressed()).get(node)).toEqual([KEY_A])
      await lab.vm.keyboard(kind).release('a')
      await reader.waitFor({ node, type: EV_KEY, code: KEY_A, value: 0 })
      await reader.pressed()
      expect(reader.events.filter((event) => event.node !== node)).toEqual([])
    },
  )

  test('a PS/2 key that is sent down again repeats', async () => {
    const { reader, node } = await readAll(lab.vm, lab.vm.keyboard('ps2'))
    const keyboard = lab.vm.keyboard('ps2')
    const isRepeat = () =>
      reader.events.some(
        (event) => event.node === node && event.code === KEY_A && event.value === 2,
      )
    // Sent again within half the repeat delay, atkbd takes it for the same press.
    while (!isRepeat()) {
      await keyboard.press('a')
      await reader.pressed()
    }
  })
})

describe('mice', () => {
  test.each<MouseKind>(['usb', 'ps2', 'virtio'])(
    'motion, buttons and wheel of the %s mouse are seen on its node and on no other',
    async (kind) => {
      const mouse = lab.vm.mouse(kind)
      const { reader, node } = await readAll(lab.vm, mouse)
      await mouse.move(5, -7)
      await reader.waitFor({ node, type: EV_REL, code: REL_X, value: 5 })
      await reader.waitFor({ node, type: EV_REL, code: REL_Y, value: -7 })
      await mouse.click('left')
      await reader.waitFor({ node, type: EV_KEY, code: BTN_LEFT, value: 1 })
      await reader.waitFor({ node, type: EV_KEY, code: BTN_LEFT, value: 0 })
      await mouse.click('side')
      await reader.waitFor({ node, type: EV_KEY, code: BTN_SIDE, value: 1 })
      await reader.waitFor({ node, type: EV_KEY, code: BTN_SIDE, value: 0 })
      await mouse.wheel('up')
      await reader.waitFor({ node, type: EV_REL, code: REL_WHEEL, value: 1 })
      await mouse.wheel('down')
      await reader.waitFor({ node, type: EV_REL, code: REL_WHEEL, value: -1 })
      await reader.pressed()
      expect(reader.events.filter((event) => event.node !== node)).toEqual([])
    },
  )
})

describe('plugs', () => {
  test.each(['usb-keyboard', 'usb-mouse', 'virtio-keyboard', 'virtio-mouse'] as const)(
    'the %s can be pulled and plugged in again',
    async (device) => {
      const [kind, what] = device.split('-') as ['usb' | 'virtio', 'keyboard' | 'mouse']
      const { reader, node } = await readAll(lab.vm, lab.vm[what](kind))
      await lab.vm.deviceDel(device)
      await reader.process.waitForLine(`gone ${node}`)
      const again = await lab.vm.deviceAdd(device)
      const links = await lab.vm.check('find -L /dev/input/by-path -samefile "$NODE"', {
        env: { NODE: again },
      })
      expect(links).not.toBe('')
    },
  )

  test('a reset plugs in again and lifts every finger', async () => {
    await lab.vm.keyboard('ps2').press('a', 'ctrl')
    await lab.vm.deviceDel('usb-keyboard')
    await lab.vm.reset()
    const node = await lab.vm.node(lab.vm.keyboard('usb'))
    const ps2 = await lab.vm.node(lab.vm.keyboard('ps2'))
    const state = await lab.vm.check(['reader', '--state', ps2, node])
    expect(state).toBe(`pressed ${ps2}\npressed ${node}\n`)
  })
})

describe('tools', () => {
  test('player makes a device that reader sees', async () => {
    const player = await startPlayer(lab.vm)
    const device = await player.create({ kind: 'keyboard', name: 'My Keyboard', vendor: 0x1234 })
    expect(await lab.vm.node('My Keyboard')).toBe(device.node)
    const reader = await startReader(lab.vm, [device.node])
    await device.frame([EV_KEY, KEY_A, 1])
    await reader.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
    await device.destroy()
    await reader.process.waitForLine('gone')
    await expect(player.command('frame nobody 1:1:1')).rejects.toThrow('no device nobody')
  })

  test('grabber keeps events from others and a second one out', async () => {
    const player = await startPlayer(lab.vm)
    const device = await player.create({ kind: 'keyboard', repeat: false })
    const reader = await startReader(lab.vm, [device.node])
    const grabber = await lab.vm.spawn(['grabber', '--read', device.node])
    await grabber.waitForLine('grabbed')
    await device.tap(KEY_A)
    await grabber.waitForLine(`${device.node} 1 30 0`)
    const second = await lab.vm.run(['grabber', device.node])
    expect(second).toMatchObject({ status: 1, stderr: `cannot grab ${device.node}: EBUSY\n` })
    await grabber.stop()
    await device.tap(KEY_B)
    await reader.waitFor({ type: EV_KEY })
    expect(reader.events[0]).toMatchObject({ code: KEY_B })
  })

  test('leds lights lamps and sees them lit', async () => {
    const player = await startPlayer(lab.vm)
    const device = await player.create({ kind: 'keyboard' })
    const leds = await lab.vm.spawn(['leds', device.node])
    await leds.waitForLine('ready')
    leds.write(`${LED_CAPSL} 1\nstate\n`)
    expect(await leds.waitForLine('lit')).toBe(`lit ${device.node} ${LED_CAPSL}`)
    await player.process.stdout.waitUntil(
      () =>
        player.feedback.some(
          ({ type, code, value }) => type === EV_LED && code === 1 && value === 1,
        ),
      'no feedback',
    )
  })
})

describe('a guest in the machine', () => {
  test('receives every press and release, and every movement', async () => {
    const player = await startPlayer(lab.vm)
    const keyboard = await player.create({ kind: 'keyboard', repeat: false })
    const mouse = await player.create({ kind: 'mouse' })
    const guest = await startNestedGuest(lab.vm, {
      keyboardNode: keyboard.node,
      mouseNode: mouse.node,
    })
    await keyboard.tap(KEY_A)
    await keyboard.frame([EV_KEY, KEY_RIGHTCTRL, 1])
    await guest.waitForKey(KEY_RIGHTCTRL, true)
    expect(guest.keys).toEqual([
      { key: KEY_A, down: true },
      { key: KEY_A, down: false },
      { key: KEY_RIGHTCTRL, down: true },
    ])
    expect([...guest.pressedKeys]).toEqual([KEY_RIGHTCTRL])
    await keyboard.frame([EV_KEY, KEY_RIGHTCTRL, 0])
    await guest.waitUntil(() => guest.pressedKeys.size === 0)

    await mouse.frame([EV_REL, REL_X, 5], [EV_REL, REL_Y, -7])
    await mouse.frame([EV_KEY, BTN_LEFT, 1])
    await guest.waitUntil(() => guest.pressedButtons.left)
    expect(guest.motion).toEqual({ x: 5, y: -7 })
    await guest.stop()
  })

  test('reads keys as a boot loader does', async () => {
    const player = await startPlayer(lab.vm)
    const keyboard = await player.create({ kind: 'keyboard', repeat: false })
    const guest = await startNestedGuest(lab.vm, { keyboardNode: keyboard.node, mode: 'bios' })
    await keyboard.tap(KEY_A)
    await guest.waitForLine('KEY')
    expect(guest.biosKeys).toEqual([0x1e61])
  })
})

describe('npm run lab', () => {
  test('passes output and exit status on', async () => {
    const command = runLab('--no-udev', '--', 'sh', '-c', 'echo out; cat; echo err >&2; exit 7')
    command.stdin?.end('in\n')
    const [stdout, stderr, status] = await Promise.all([
      textOf(command.stdout),
      textOf(command.stderr),
      exitOf(command),
    ])
    expect({ stdout, stderr, status }).toEqual({ stdout: 'out\nin\n', stderr: 'err\n', status: 7 })
  })

  test('leaves nothing running when interrupted', async () => {
    const command = runLab('--no-udev', '--', 'sh', '-c', 'echo up; sleep 1000')
    await new Promise((resolve) => command.stdout?.once('data', resolve))
    const qemu = childNamed(/^qemu/, command.pid ?? 0)
    expect(isRunning(qemu)).toBe(true)
    command.kill('SIGINT')
    expect(await exitOf(command)).toBe(130)
    expect(isRunning(qemu)).toBe(false)
  })
})

/** A reader of every node, and the node of one device. */
async function readAll(vm: LabVm, device: Parameters<LabVm['node']>[0]) {
  const nodes = (await vm.inputDevices()).flatMap(({ node }) => node ?? [])
  return { reader: await startReader(vm, nodes), node: await vm.node(device) }
}

function runLab(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'scripts/lab.mjs'), 'run', ...args])
}

async function textOf(stream: ChildProcess['stdout']): Promise<string> {
  return stream ? await text(stream) : ''
}

async function exitOf(command: ChildProcess): Promise<number | null> {
  const exited = new Promise<number | null>((resolve) => command.once('exit', resolve))
  return await within(60_000, exited, () => 'npm run lab did not end')
}

function childNamed(name: RegExp, parent: number): number {
  const pids = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ')
  return Number(pids.find((pid) => pid && name.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))))
}

/** A process that has ended but that nobody has waited for is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
