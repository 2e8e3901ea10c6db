import { PATIENCE_MS } from './deadline.ts'
import type { KeyboardKind } from './devices.ts'
import { type EvswitchOptions, type LabEvswitch, startEvswitch } from './evswitch.ts'
import { LabError } from './lab-error.ts'
import { type NestedGuest, startNestedGuest } from './nested-guest.ts'
import { type LabReader, type SeenEvent, startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

export type HostMode = 'release' | 'proxy'

export interface SceneOptions extends EvswitchOptions {
  readonly hostMode?: HostMode | undefined
}

export type Target = 'host' | 'guest'

const EV_KEY = 1
const KEY_LEFTCTRL = 29

/** evswitch with its devices, a guest that has its nodes, and a reader of all that the host can read. */
export async function startScene(vm: LabVm, options: SceneOptions = {}): Promise<Scene> {
  const { hostMode = 'release', args = [], env } = options
  const evswitch = await startEvswitch(vm, { args: ['--host-mode', hostMode, ...args], env })
  const { keyboard, mouse } = evswitch.guestNodes
  const guest = await startNestedGuest(vm, { keyboardNode: keyboard, mouseNode: mouse })
  const nodes = (await vm.inputDevices()).flatMap(({ node }) => node ?? [])
  const host = await startReader(
    vm,
    nodes.filter((node) => node !== keyboard && node !== mouse),
  )
  return new Scene(vm, { evswitch, guest, host, hostMode })
}

interface SceneParts {
  readonly evswitch: LabEvswitch
  readonly guest: NestedGuest
  readonly host: LabReader
  readonly hostMode: HostMode
}

export class Scene {
  readonly vm: LabVm
  readonly evswitch: LabEvswitch
  readonly guest: NestedGuest
  /** What a desktop would see: all devices, and evswitch's own nodes for the host in proxy mode. */
  readonly host: LabReader
  readonly hostMode: HostMode

  constructor(vm: LabVm, { evswitch, guest, host, hostMode }: SceneParts) {
    this.vm = vm
    this.evswitch = evswitch
    this.guest = guest
    this.host = host
    this.hostMode = hostMode
  }

  /** Presses both Ctrl keys of a keyboard and lifts them when they have switched. */
  async switchTo(target: Target, kind: KeyboardKind = 'usb'): Promise<void> {
    const keyboard = this.vm.keyboard(kind)
    const from = this.guest.keys.length
    await keyboard.press('ctrl', 'ctrl_r')
    await this.waitUntilActive(target)
    await keyboard.release('ctrl_r', 'ctrl')
    if (target === 'host') await this.waitUntilLifted(KEY_LEFTCTRL, from)
  }

  /** Waits until a switch is complete: a released host has its devices again. */
  async waitUntilActive(target: Target): Promise<void> {
    await this.evswitch.waitFor('switched', { target })
    if (target === 'host' && this.hostMode === 'release') await this.evswitch.waitUntilGivenBack()
  }

  /** Waits until the guest has seen a key go up, after so many events: it may be late with what it is sent. */
  async waitUntilLifted(key: number, from: number): Promise<void> {
    const isLifted = () =>
      this.guest.keys.slice(from).some((seen) => seen.key === key && !seen.down)
    await this.guest.waitUntil(isLifted)
  }

  /** Waits until the kernel has seen every key go up. */
  async waitUntilUp(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const pressed = await this.#pressedInKernel()
      if (pressed.length === 0) return
      if (Date.now() > deadline) throw new LabError(`keys did not go up: ${pressed.join(', ')}`)
    }
  }

  /** The key events that the host has seen since a mark, all that has happened until now included. */
  async hostKeys(since = 0): Promise<SeenEvent[]> {
    await this.host.pressed()
    return this.host.events.slice(since).filter(({ type }) => type === EV_KEY)
  }

  /** The host takes nothing for pressed: neither its programs nor its kernel, on any node. */
  async stuckKeys(): Promise<{ host: string[]; kernel: string[]; guest: number[] }> {
    const host = [...(await this.host.pressed())]
      .filter(([, codes]) => codes.length > 0)
      .map(([node, codes]) => `${node} ${codes.join(' ')}`)
    return { host, kernel: await this.#pressedInKernel(), guest: [...this.guest.pressedKeys] }
  }

  async #pressedInKernel(): Promise<string[]> {
    const state = await this.vm.check(['reader', '--state'])
    return state.split('\n').filter((line) => /^pressed \S+ /.test(line))
  }
}

/** What stuckKeys() says when nothing is. */
export const nothingStuck = { host: [], kernel: [], guest: [] }
