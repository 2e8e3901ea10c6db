import { expect, test } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { codes } from '../../src/engine/code-table.ts'
import { makeUserCommands } from '../../src/install/install.ts'
import { shareUser } from '../../src/install/names.ts'
import { usLayout } from '../../src/share/keys/us-layout.ts'
import { barrierPackages, screenPackages } from '../packages.mjs'
import { Desktop } from '../share/keys/typing.ts'
import { evswitchProgram } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import { sharedLab } from './shared-lab.ts'
import { type LabReader, startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

if (process.env['EVSWITCH_LAB'] !== 'off' && process.getuid?.() === 0) {
  needPackages([...barrierPackages, ...screenPackages])
}

const lab = sharedLab()

const { EV_KEY, KEY_A, KEY_B, KEY_C, KEY_5 } = codes
const folder = '/tmp/barrier'
const config = `section: screens
	desk:
	laptop:
end
section: links
	desk:
		right = laptop
end
section: options
	keystroke(f11) = switchToScreen(laptop)
end
`

/** Barrier's server with an X server of its own, and fingers on that. */
class BarrierServer {
  readonly #vm: LabVm
  readonly #display: string

  private constructor(vm: LabVm, display: string) {
    this.#vm = vm
    this.#display = display
  }

  static async start(vm: LabVm): Promise<BarrierServer> {
    await vm.writeFile(`${folder}/barrier.conf`, config)
    await vm.check('ip link set lo up')
    const server = await vm.spawn(
      'exec Xvfb -displayfd 1 -noreset -nolisten tcp -screen 0 640x480x24 2>/dev/null',
    )
    return new BarrierServer(vm, `:${await server.waitForLine(/^\d+$/)}`)
  }

  /** Starts barriers and waits until the screen has connected. */
  async serve(): Promise<LabProcess> {
    const barriers = await this.#vm.spawn([
      ...['barriers', '-f', '--no-tray', '--no-restart', '--disable-crypto', '--debug', 'INFO'],
      ...['--name', 'desk', '--display', this.#display, '--profile-dir', folder],
      ...['--config', `${folder}/barrier.conf`, '--address', '127.0.0.1:24800'],
    ])
    await barriers.waitForLine('client "laptop" has connected')
    return barriers
  }

  async xdotool(...args: readonly string[]): Promise<void> {
    await this.#vm.check(['xdotool', ...args], { env: { DISPLAY: this.#display } })
  }
}

function textOf(reader: LabReader): string {
  const desktop = new Desktop(usLayout)
  for (const { type, code, value } of reader.events) {
    // The kernel repeats what a slow machine holds for long.
    if (type === EV_KEY && value !== 2) desktop.feed([{ code, value: value === 0 ? 0 : 1 }])
  }
  return desktop.text
}

test('what is typed at a Barrier server comes out of our keyboard, and neither a server that dies nor a cable that is pulled leaves a key down', async () => {
  const { vm } = lab
  await vm.check(makeUserCommands(shareUser)[0] ?? [])
  const join = await vm.spawn([
    ...evswitchProgram,
    ...['share', 'join', '127.0.0.1', '--plain', '--name', 'laptop', '--screen', '1280x720'],
  ])
  await join.waitForLine('may use this machine as the screen laptop')
  const reader = await startReader(vm, [await vm.node('evswitch share keyboard')])
  const server = await BarrierServer.start(vm)
  const barriers = await server.serve()

  await server.xdotool('key', 'F11')
  await server.xdotool('type', '--delay', '12', 'Hello, World! 42%')
  await reader.waitFor({ type: EV_KEY, code: KEY_5, value: 0 })
  expect(textOf(reader)).toBe('Hello, World! 42%')

  await server.xdotool('keydown', 'a')
  await reader.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
  barriers.kill('SIGKILL')
  await reader.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  await barriers.waitForExit()
  await server.xdotool('keyup', 'a')

  await server.serve()
  await server.xdotool('key', 'F11')
  await server.xdotool('key', 'b')
  await reader.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  expect([...(await reader.pressed()).values()].flat()).toEqual([])

  // The cable is pulled, with both programs alive.
  await server.xdotool('keydown', 'c')
  await reader.waitFor({ type: EV_KEY, code: KEY_C, value: 1 })
  await vm.check('ip link set lo down')
  await reader.waitFor({ type: EV_KEY, code: KEY_C, value: 0 })
  await vm.check('ip link set lo up')
  await server.xdotool('keyup', 'c')

  join.kill('SIGTERM')
  expect((await join.waitForExit()).status).toBe(0)
  expect((await vm.inputDevices()).map(({ name }) => name)).not.toContain('evswitch share keyboard')
})
