import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from './cache.ts'
import { evswitchProgram } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { sharedLab } from './shared-lab.ts'
import { LabScreen } from './terminal-screen.ts'
import { type LabPlayer, startPlayer, startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

const lab = sharedLab()

const size = { rows: 24, columns: 80 }
const identify = [...evswitchProgram, 'identify']
const monitor = [...evswitchProgram, 'monitor']
const ctrlC = '\u0003'
const mostMemoryKib = 200_000

interface Line {
  readonly event: string
  readonly node?: string
  readonly [name: string]: unknown
}

/** Starts identify in a terminal of 80x24 and waits until all nodes are on its screen. */
async function startScreen(vm: LabVm, command: string, options: { count?: number } = {}) {
  const argv = ['/bin/sh', '-c', command]
  const process = await vm.spawn(argv, { terminal: size, env: { TERM: 'xterm' } })
  const screen = new LabScreen(process, size)
  const count = options.count ?? (await vm.inputDevices()).length
  await screen.waitUntil(() => rows(screen).length === count)
  return { process, screen }
}

/** The rows of the table. */
function rows(screen: LabScreen): string[] {
  return screen.lines.filter((line) => /^[* ] event\d+ /.test(line))
}

function rowOf(screen: LabScreen, node: string): string {
  const name = shortName(node)
  return rows(screen).find((row) => row.slice(2).startsWith(`${name} `)) ?? ''
}

function shortName(node: string): string {
  return node.slice('/dev/input/'.length)
}

/** The lines that a program with --json has printed so far. */
function jsonLines({ stdout }: LabProcess): Line[] {
  return stdout.lines.map((line) => JSON.parse(line) as Line)
}

async function waitForJson(
  process: LabProcess,
  matches: (line: Line) => boolean,
  what: string,
): Promise<void> {
  await process.stdout.waitUntil(() => jsonLines(process).some(matches), `it never said: ${what}`)
}

/** The most memory that a process has had, in KiB. */
async function mostMemory(vm: LabVm, { pid }: LabProcess): Promise<number> {
  const status = await vm.readFile(`/proc/${pid}/status`)
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1])
}

describe('evswitch identify in a terminal', () => {
  test('marks what is used, recommends it, and leaves the terminal as it was', async () => {
    const { vm } = lab
    const keyboard = await vm.node(vm.keyboard('usb'))
    const mouse = await vm.node(vm.mouse('usb'))
    const state = '/tmp/stty'
    const command = `stty -a > ${state}.before; ${identify.join(' ')}; stty -a > ${state}.after`
    const { process, screen } = await startScreen(vm, command)
    expect(screen.isAlternate).toBe(true)
    expect(screen.isCursorVisible).toBe(false)
    expect(rows(screen).every((row) => row.startsWith('  '))).toBe(true)

    await vm.keyboard('usb').tap('a')
    await screen.waitUntil(() => rowOf(screen, keyboard).startsWith('*'))
    await vm.mouse('usb').move(3, 1)
    await screen.waitUntil(() => rowOf(screen, mouse).startsWith('*'))
    await screen.waitUntil(() => rows(screen).every((row) => row.startsWith('  ')))
    expect(screen.text).toBe(await usedScreen(vm, { keyboard, mouse }))

    // What is typed neither shows nor reaches the shell; Ctrl+C comes as a byte.
    process.write('echo typed\r')
    process.write(ctrlC)
    expect((await process.waitForExit()).status).toBe(0)
    expect(screen.isAlternate).toBe(false)
    expect(screen.isCursorVisible).toBe(true)
    expect(screen.text).toContain(
      '  evswitch run \\\n    --device by-id/usb-QEMU_QEMU_USB_Keyboard',
    )
    expect(process.stdout.text).not.toContain('typed')
    expect(await vm.readFile(`${state}.after`)).toBe(await vm.readFile(`${state}.before`))
  })

  test('measures the rate of a mouse, and shows keys with --keys only', async () => {
    const { vm } = lab
    const keyboard = await vm.node(vm.keyboard('usb'))
    const mouse = await vm.node(vm.mouse('usb'))
    const { process, screen } = await startScreen(vm, `exec ${identify.join(' ')} --keys`)
    await vm.keyboard('usb').tap('q')
    await screen.waitUntil(() => / q {2}/.test(rowOf(screen, keyboard)))
    // Polled every 8 ms; how fast the hand is, depends on the machine.
    while (!/ mouse +\d+ +\d+ /.test(rowOf(screen, mouse))) await vm.mouse('usb').move(1, 1)
    const [, hz] = / mouse +\d+ +(\d+) /.exec(rowOf(screen, mouse)) ?? []
    expect(Number(hz)).toBeGreaterThan(20)
    expect(Number(hz)).toBeLessThan(300)
    process.kill('SIGTERM')
    expect((await process.waitForExit()).status).toBe(0)
    expect(screen.isAlternate).toBe(false)
  })

  test('takes nothing: what is watched reaches the others', async () => {
    const { vm } = lab
    const node = await vm.node(vm.keyboard('ps2'))
    const reader = await startReader(vm, [node])
    const { process, screen } = await startScreen(vm, `exec ${identify.join(' ')}`)
    await vm.keyboard('ps2').tap('a')
    await reader.waitFor({ node, type: 1, code: 30, value: 1 })
    await reader.waitFor({ node, type: 1, code: 30, value: 0 })
    await screen.waitUntil(() => / 2 +- keys /.test(rowOf(screen, node)))
    process.kill('SIGKILL')
    await process.waitForExit()
  })

  test('follows a plug and a replug', async () => {
    const { vm } = lab
    const { process, screen } = await startScreen(vm, `exec ${identify.join(' ')}`)
    await vm.deviceDel('usb-mouse')
    await screen.waitUntil(() => !screen.text.includes('QEMU QEMU USB Mouse'))
    const node = await vm.deviceAdd('usb-mouse')
    await screen.waitUntil(() => rowOf(screen, node) !== '')
    await vm.mouse('usb').move(3, 1)
    await screen.waitUntil(() => rowOf(screen, node).includes('motion'))
    process.write(ctrlC)
    expect((await process.waitForExit()).status).toBe(0)
  })
})

describe('evswitch identify --grab', () => {
  const KEY_B = 48
  const grab = [...identify, '--grab']

  test('keeps all that is done from the host, until Ctrl+C on a keyboard', async () => {
    const { vm } = lab
    const keyboard = await vm.node(vm.keyboard('usb'))
    const mouse = await vm.node(vm.mouse('ps2'))
    const reader = await startReader(vm, [keyboard, mouse])
    // As the Enter that started it, which the host is to see go up.
    await vm.keyboard('usb').press('ret')
    await reader.waitFor({ node: keyboard, code: 28, value: 1 })
    const { process, screen } = await startScreen(vm, `exec ${grab.join(' ')}`)
    await reader.waitFor({ node: keyboard, code: 28, value: 0 })
    const seen = reader.events.length
    await vm.keyboard('usb').release('ret')
    await vm.keyboard('usb').tap('a')
    await vm.mouse('ps2').move(5, 5)
    await screen.waitUntil(() => / 2 +- keys /.test(rowOf(screen, keyboard)))
    await screen.waitUntil(() => rowOf(screen, mouse).includes('motion'))
    expect(screen.text.split('\n').at(-1)).toMatch(
      /^Grabbed for \d+ s\. Ctrl\+C, or left Ctrl \+ right Ctrl \+ Esc, ends it at once\.$/,
    )
    await vm.keyboard('usb').press('ctrl_r', 'c')
    expect((await process.waitForExit()).status).toBe(0)
    await vm.keyboard('usb').releaseAll()
    expect(screen.text).toContain('\n    --device by-id/usb-QEMU_QEMU_USB_Keyboard')

    await vm.keyboard('usb').tap('b')
    await reader.waitFor({ node: keyboard, code: KEY_B, value: 0 })
    const sinceThen = reader.events.slice(seen).filter(({ type }) => type === 1 || type === 2)
    expect(sinceThen.map(({ code, value }) => [code, value])).toEqual([
      [KEY_B, 1],
      [KEY_B, 0],
    ])
    expect([...(await reader.pressed()).values()]).toEqual([[], []])
  })

  test('gives everything back at the panic chord though its JavaScript is blocked', async () => {
    const { vm } = lab
    const node = await vm.node(vm.keyboard('usb'))
    const env = {
      NODE_OPTIONS: `--import=${join(ROOT, 'test/lab/tools/block.mjs')}`,
      BLOCK_MS: '60000',
    }
    const process = await vm.spawn([...grab, '--json', '--seconds', '600'], { env })
    await waitForJson(process, ({ event, grab: is }) => event === 'started' && is === true, 'grab')
    const reader = await startReader(vm, [node])
    await vm.keyboard('usb').tap('a')
    await waitForJson(process, (line) => line.event === 'speaks' && line.node === node, 'speaks')
    process.kill('SIGUSR2')
    await process.stderr.waitForLine('blocked')
    await vm.keyboard('usb').press('ctrl', 'ctrl_r', 'esc')
    await vm.keyboard('usb').release('ctrl', 'ctrl_r', 'esc')
    const sees = () => reader.events.some(({ type, code }) => type === 1 && code === KEY_B)
    while (!sees()) {
      await vm.keyboard('usb').tap('b')
      await reader.pressed()
      // Not faster than the keyboard is polled: its memory is short.
      await vm.check(['reader', '--state'])
    }
    expect(process.stderr.lines).not.toContain('free')
    process.kill('SIGKILL')
    await process.waitForExit()
  })

  test('ends by itself, and says what it could not take', async () => {
    const { vm } = lab
    const node = await vm.node(vm.mouse('ps2'))
    const grabber = await vm.spawn(['grabber', node])
    await grabber.waitForLine('grabbed')
    const { stdout, status } = await vm.run([...grab, '--seconds', '1'])
    expect(status).toBe(0)
    expect(stdout).toContain('Grabbed for 1 s.')
    expect(stdout).toContain(
      `${shortName(node)} (ImExPS/2 Generic Explorer Mouse) cannot be grabbed (EBUSY): what is done there reaches others, too.`,
    )
    const reader = await startReader(vm, [await vm.node(vm.keyboard('usb'))])
    await vm.keyboard('usb').tap('b')
    await reader.waitFor({ code: KEY_B, value: 0 })
  })
})

/** The screen after one key and one movement, with the nodes as they are numbered now. */
async function usedScreen(
  vm: LabVm,
  { keyboard, mouse }: { keyboard: string; mouse: string },
): Promise<string> {
  const devices = (await vm.inputDevices()).map(({ node = '', name }) => ({ node, name }))
  const number = ({ node }: { node: string }) => Number(/\d+$/.exec(node)?.[0])
  const table = devices
    .sort((a, b) => number(a) - number(b))
    .map(({ node, name }) => {
      const kind = /keyboard/i.test(name) ? 'keyboard' : 'mouse'
      const frames = node === keyboard ? '2' : node === mouse ? '1' : '-'
      const sends = node === keyboard ? 'keys' : node === mouse ? 'motion' : ''
      const start = `  ${shortName(node).padEnd(8)} ${kind.padEnd(13)} ${frames.padStart(6)}     -`
      return `${start} ${sends.padEnd(18)}  ${shownNames[name] ?? name}`
    })
  const [k, m] = [shortName(keyboard), shortName(mouse)]
  const advice = [
    { node: k, text: `QEMU QEMU USB Keyboard: take ${k}. ${k} (-event-kbd) sends keys.` },
    { node: m, text: `QEMU QEMU USB Mouse: take ${m}. ${m} (-event-mouse) sends motion.` },
  ].sort((a, b) => number(a) - number(b))
  return [
    'Press a key on the keyboard you want, move the mouse you want.',
    '',
    '  node     kind          frames    Hz sends               device',
    ...table,
    '',
    ...advice.map(({ text }) => text),
    '',
    'Ctrl+C ends and prints the command for what was found.',
  ].join('\n')
}

/** Names that are longer than the column. */
const shownNames: Readonly<Record<string, string>> = {
  'AT Translated Set 2 keyboard': 'AT Transla… 2 keyboard',
  'ImExPS/2 Generic Explorer Mouse': 'ImExPS/2 G…lorer Mouse',
}

describe('evswitch identify for scripts', () => {
  test('tells each finding on a line and adds what was used to a file', async () => {
    const { vm } = lab
    const node = await vm.node(vm.keyboard('virtio'))
    const file = '/tmp/identify/config.toml'
    await vm.writeFile(file, 'hotkey = "scrolllock"\n')
    const process = await vm.spawn([...identify, '--json', '--write', file])
    await waitForJson(process, ({ event }) => event === 'started', 'started')
    await vm.keyboard('virtio').tap('a')
    await waitForJson(process, (line) => line.event === 'speaks' && line.node === node, 'speaks')
    process.kill('SIGINT')
    expect((await process.waitForExit()).status).toBe(0)

    const lines = jsonLines(process)
    const result = lines.at(-1)
    const taken = result?.['take'] as { node: string; identity: string }[]
    expect(lines.map(({ event }) => event)).toEqual([
      'started',
      'speaks',
      'used',
      'advice',
      'result',
    ])
    expect(taken.map((each) => each.node)).toEqual([node])
    expect(result?.['command']).toEqual(['evswitch', 'run', '--device', taken[0]?.identity])
    const added = `\n[[source]]\n# QEMU Virtio Keyboard: keyboard\ndevice = "${taken[0]?.identity}"\n`
    expect(await vm.readFile(file)).toBe(`hotkey = "scrolllock"\n${added}`)
    expect(process.stdout.text).not.toMatch(/KEY_/)
  })

  test('names the program that holds a device', async () => {
    const { vm } = lab
    const node = await vm.node(vm.keyboard('usb'))
    const grabber = await vm.spawn(['grabber', node])
    await grabber.waitForLine('grabbed')
    const { stdout, status } = await vm.run([...identify, '--seconds', '1'])
    expect(status).toBe(0)
    expect(stdout).toContain(
      `${shortName(node)} (QEMU QEMU USB Keyboard) is held by grabber (${grabber.pid}):`,
    )
    expect(stdout).toContain('No key was pressed and nothing moved.')
  })

  test('says what to do without permission', async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    for (const program of [identify, monitor]) {
      const { status, stdout, stderr } = await lab.vm.run([...asNobody, ...program])
      expect({ status, stdout: stdout.split('\n').length }).toEqual({ status: 4, stdout: 1 })
      expect(stderr).toMatch(
        /cannot open \/dev\/input\/event\d+: permission denied\nrun evswitch with sudo, or join the group "input"/,
      )
    }
  })

  test('ends in time and stays small while a device floods', async () => {
    const { vm } = lab
    const player = await startPlayer(vm)
    const { node } = await player.create({ kind: 'mouse', name: 'Flood' })
    const process = await vm.spawn([...identify, '--json'])
    await waitForJson(process, ({ event }) => event === 'started', 'started')
    const report = '2:0:1 2:1:1 0:0:0 '.repeat(1000)
    const flood = keepSending(player, `events d1 ${report}`)
    await waitForJson(process, (line) => line.event === 'speaks' && line.node === node, 'speaks')
    for (let turn = 0; turn < 30; turn++) await player.command(`events d1 ${report}`)
    const memory = await mostMemory(vm, process)
    process.kill('SIGINT')
    expect((await process.waitForExit()).status).toBe(0)
    await flood.stop()
    const used = jsonLines(process).find(({ event }) => event === 'used')
    expect(used?.['frames']).toBeGreaterThan(1000)
    expect(memory).toBeLessThan(mostMemoryKib)
  })

  test('watches as many of two hundred devices as it can, and tells of the rest', async () => {
    const { vm } = lab
    const players = [await startPlayer(vm), await startPlayer(vm), await startPlayer(vm)]
    for (const player of players) {
      for (let index = 0; index < 64; index++) await player.create({ bits: '1:256', name: 'Many' })
    }
    const total = (await vm.inputDevices()).length
    const { stdout, status } = await vm.run([...identify, '--json', '--seconds', '1'])
    expect(status).toBe(0)
    const started = JSON.parse(stdout.split('\n')[0] ?? '') as {
      devices: { name: string }[]
      left: { reason: string }[]
    }
    expect(started.devices).toHaveLength(128)
    expect(started.devices.filter(({ name }) => name !== 'Many')).toHaveLength(total - 3 * 64)
    expect(started.left).toHaveLength(total - 128)
  })
})

/** Sends the same again and again until it is stopped. */
function keepSending(player: LabPlayer, command: string): { stop: () => Promise<void> } {
  let isGoing = true
  const going = (async () => {
    while (isGoing) await player.command(command)
  })()
  return {
    stop: async () => {
      isGoing = false
      await going
    },
  }
}

describe('evswitch monitor', () => {
  test('records what it shows, and a replay shows the same', async () => {
    const { vm } = lab
    const keyboard = await vm.node(vm.keyboard('usb'))
    const file = '/tmp/try.jsonl'
    await vm.run(['rm', '-f', file])
    const process = await vm.spawn([...monitor, '--json', '--record', file])
    const devices = await vm.inputDevices()
    await process.stdout.waitUntil(
      () => jsonLines(process).length === devices.length,
      'not all devices came',
    )
    await vm.keyboard('usb').tap('a')
    await vm.mouse('ps2').move(5, -7)
    await waitForJson(process, hasEvent('KEY_A', 0), 'KEY_A up')
    await waitForJson(process, hasEvent('REL_Y', -7), 'REL_Y -7')
    await vm.deviceDel('usb-keyboard')
    await waitForJson(process, ({ event }) => event === 'departure', 'departure')
    process.kill('SIGTERM')
    expect((await process.waitForExit()).status).toBe(0)

    const live = jsonLines(process)
    const down = live.find(hasEvent('KEY_A', 1))
    expect(down).toMatchObject({ event: 'frame', node: shortName(keyboard) })
    expect(down?.['latencyUs']).toBeLessThan(1_000_000)
    expect((await vm.check(['stat', '-c', '%a', file])).trim()).toBe('600')
    const replayed = (await vm.check([...monitor, '--json', '--replay', file])).trimEnd()
    const again = replayed.split('\n').map((line) => JSON.parse(line) as Line)
    const frames = live.filter(({ event }) => event === 'frame').length
    expect(again).toEqual([...live, { event: 'end', frames, lostEvents: 0 }])
    const { status, stderr } = await vm.run([...monitor, '--record', file])
    expect(status).toBe(2)
    expect(stderr).toContain(`${file} is there already`)
  })

  test('ends when nobody reads any more', async () => {
    const { vm } = lab
    const process = await vm.spawn(['sh', '-c', `${monitor.join(' ')} | head -n 1`])
    await process.waitForLine('seconds')
    let hasEnded = false
    const ended = process.waitForExit().then((exit) => {
      hasEnded = true
      return exit
    })
    while (!hasEnded) {
      await vm.keyboard('usb').tap('a')
      await vm.check(['reader', '--state'])
    }
    expect((await ended).status).toBe(0)
  })

  test('shows named devices only, in words', async () => {
    const { vm } = lab
    const node = shortName(await vm.node(vm.keyboard('usb')))
    const process = await vm.spawn([...monitor, 'QEMU USB Keyboard'])
    await process.waitForLine(`+ ${node}: QEMU QEMU USB Keyboard (keyboard, 0627:0001)`)
    await vm.mouse('usb').move(4, 4)
    await vm.keyboard('usb').tap('b')
    await process.waitForLine(/ MSC_SCAN 0x70005, KEY_B down$/)
    await process.waitForLine(/ \+\d+\.\d{3} ms +\d+\.\d{3} ms {2}MSC_SCAN 0x70005, KEY_B up$/)
    expect(process.stdout.text).not.toContain('REL_X')
    process.kill('SIGINT')
    expect((await process.waitForExit()).status).toBe(0)
  })
})

function hasEvent(code: string, value: number): (line: Line) => boolean {
  return ({ event, events }) =>
    event === 'frame' &&
    (events as { code: string; value: number }[]).some(
      (each) => each.code === code && each.value === value,
    )
}
