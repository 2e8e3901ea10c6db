import { beforeAll, expect, test, vi } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { codes } from '../../src/engine/code-table.ts'
import { makeUserCommands } from '../../src/install/install.ts'
import { shareUser } from '../../src/install/names.ts'
import { shareState } from '../../src/share/process/places.ts'
import { makeCertificate } from '../../src/share/tls/certificate.ts'
import { type Identity, identityOf } from '../../src/share/tls/identity.ts'
import { peerLine } from '../../src/share/tls/peer-list.ts'
import { barrierPackages, screenPackages } from '../packages.mjs'
import { PATIENCE_MS } from './deadline.ts'
import { evswitchProgram, startEvswitch } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'
import type { LabVm } from './vm.ts'
import { typedText } from './x-screen.ts'

if (process.env['EVSWITCH_LAB'] !== 'off' && process.getuid?.() === 0) {
  needPackages([...barrierPackages, ...screenPackages])
}

const lab = sharedLab()

const { EV_KEY, KEY_C } = codes
const patience = { timeout: PATIENCE_MS, interval: 50 }
const profile = '/tmp/barrierc'

/** What fingers do on a German keyboard, by QEMU's names of its keys; and what comes of it. */
const strokes = [
  ...[['shift', 'g'], ['r'], ['bracket_left'], ['minus'], ['spc'], ['alt_r', 'q']],
  ...[['spc'], ['4'], ['2'], ['shift', '5'], ['y']],
]
const text = 'Grüß @ 42%z'

let ours: Identity
let theirs: Identity
beforeAll(async () => {
  ours = identityOf(await makeCertificate(), 'test')
  theirs = identityOf(await makeCertificate(), 'test')
})

/** Another computer: an X server, a window that has its keyboard, and Barrier's client. */
class OtherComputer {
  readonly #vm: LabVm
  readonly #display: string
  readonly #window: LabProcess

  private constructor(vm: LabVm, display: string, window: LabProcess) {
    this.#vm = vm
    this.#display = display
    this.#window = window
  }

  static async start(vm: LabVm): Promise<OtherComputer> {
    const server = await vm.spawn(
      'exec Xvfb -displayfd 1 -noreset -nolisten tcp -screen 0 640x480x24 2>/dev/null',
    )
    const display = `:${await server.waitForLine(/^\d+$/)}`
    const env = { DISPLAY: display }
    await vm.check(['setxkbmap', 'de'], { env })
    const window = await vm.spawn(['xev', '-event', 'keyboard', '-name', 'typed'], { env })
    await vm.check(
      ['xdotool', 'search', '--sync', '--name', '^typed$', 'windowfocus', '--sync', '%1'],
      { env },
    )
    return new OtherComputer(vm, display, window)
  }

  async connect(): Promise<LabProcess> {
    await this.#vm.writeFile(`${profile}/SSL/Barrier.pem`, theirs.pem)
    await this.#vm.writeFile(
      `${profile}/SSL/Fingerprints/TrustedServers.txt`,
      `v2:sha256:${ours.fingerprint}\n`,
    )
    return await this.#vm.spawn([
      ...['barrierc', '-f', '--no-tray', '--restart', '--debug', 'NOTE'],
      ...['--display', this.#display, '--profile-dir', profile],
      ...['--name', 'laptop', '127.0.0.1'],
    ])
  }

  /** What was typed into the window. */
  get typed(): string {
    return typedText(this.#window.stdout.text)
  }

  /** Whether more keys went down than up: keys that X repeats come as both. */
  get isPressed(): boolean {
    const { text: printed } = this.#window.stdout
    const count = (what: string) => printed.split(what).length
    return count('KeyPress event') > count('KeyRelease event')
  }

  async pointer(): Promise<string> {
    const env = { DISPLAY: this.#display }
    const place = await this.#vm.check(['xdotool', 'getmouselocation'], { env })
    return /x:(\d+) y:(\d+)/.exec(place)?.slice(1).join() ?? place
  }
}

/** The share's own key, and that it trusts the other computer, as a user has said. */
async function introduce(vm: LabVm): Promise<void> {
  await vm.check(makeUserCommands(shareUser)[0] ?? [])
  const certificate = `${shareState}/certificate.pem`
  await vm.writeFile(certificate, ours.pem)
  await vm.check(['chmod', '600', certificate])
  const peer = { role: 'screen', name: 'laptop', fingerprint: theirs.fingerprint } as const
  await vm.writeFile(`${shareState}/trusted`, peerLine(peer))
}

test('the chord switches to the screen of another computer and back, and a client that dies gives the input back', async () => {
  const { vm } = lab
  await vm.check('ip link set lo up')
  await introduce(vm)
  const keyboard = vm.keyboard('usb')
  const chord = async () => {
    await keyboard.press('ctrl', 'ctrl_r')
    await keyboard.release('ctrl', 'ctrl_r')
  }
  const evswitch = await startEvswitch(vm, {
    command: ['share', 'serve', 'laptop', '--layout', 'de', '--address', '127.0.0.1'],
  })
  await chord()
  await evswitch.waitFor('refused', { target: 'laptop', screen: true })

  const computer = await OtherComputer.start(vm)
  const client = await computer.connect()
  await evswitch.waitFor('consumer', { target: 'laptop', present: true, screen: true })
  await chord()
  await evswitch.waitFor('switched', { target: 'laptop' })
  await vi.waitUntil(async () => (await computer.pointer()) === '320,240', patience)
  await vm.mouse('usb').move(30, -20)
  await vi.waitUntil(async () => (await computer.pointer()) === '350,220', patience)
  for (const [index, keys] of strokes.entries()) {
    await keyboard.press(...keys)
    await keyboard.release(...keys.toReversed())
    // QEMU's keyboard keeps few keys that the machine has not read.
    await vi.waitUntil(() => computer.typed.length > index, patience)
  }
  expect(computer.typed).toBe(text)
  const status = await vm.check([...evswitchProgram, 'share', 'status'])
  expect(status).toContain('screen laptop: it has the keyboard and mouse of this machine')
  expect(status).toContain('over TLS')

  await keyboard.press('a')
  await vi.waitUntil(() => computer.isPressed, patience)
  await chord()
  await evswitch.waitFor('switched', { target: 'host', reason: 'hotkey' })
  await vi.waitUntil(() => !computer.isPressed, patience)
  await keyboard.release('a')

  await chord()
  await evswitch.waitFor('switched', { target: 'laptop' })
  await keyboard.press('b')
  await vi.waitUntil(() => computer.isPressed, patience)
  client.kill('SIGKILL')
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await keyboard.release('b')
  const reader = await startReader(vm, [await vm.node(keyboard)])
  await keyboard.tap('c')
  await reader.waitFor({ type: EV_KEY, code: KEY_C, value: 0 })
  expect([...(await reader.pressed()).values()].flat()).toEqual([])
  expect((await evswitch.stop()).status).toBe(0)
})
