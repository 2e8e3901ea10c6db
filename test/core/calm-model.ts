import { codes } from '../../src/engine/code-table.ts'
import { keyId } from '../../src/engine/codes.ts'
import type { Role } from '../../src/engine/types.ts'

/**
 * What targets must see when nothing is in a hurry: the rules of switching once more, as plainly as they can be
 * said, for a world in which the engine has read everything and every ungrab has ended before the next thing
 * happens. The core is compared with it frame by frame, so that what is lost, added or out of order shows.
 */

export interface ModelHotkey {
  readonly keys: readonly number[]
  readonly action: 'next' | 'previous' | 'panic'
}

interface ModelTarget {
  readonly isHost: boolean
  readonly toggle: readonly number[]
  readonly repeats: boolean
  readonly hasNodes: boolean
  /** Who is there, and who the engine knows to be there since it asked. */
  readonly consumed: Record<Role, boolean>
  readonly known: Record<Role, boolean>
  /** How many devices hold each key of a node. */
  readonly holders: Record<Role, Map<number, number>>
  readonly seen: Record<Role, string[]>
}

interface ModelDevice {
  readonly isKeyboard: boolean
  isPlugged: boolean
  isGrabbed: boolean
  lastKey: number | undefined
  /** What fingers hold; what the kernel, and what the engine thinks is down. */
  readonly fingers: Set<number>
  readonly kernel: Set<number>
  readonly down: Set<number>
  /** What the active target was sent, by the key that it stands for. */
  readonly sent: Map<number, number>
  readonly seenByHost: string[]
}

const roles: readonly Role[] = ['keyboard', 'mouse']
const wheelMax = 32
const scan = 'scan 30'

export class CalmModel {
  readonly targets: ModelTarget[]
  readonly devices: ModelDevice[]
  active = 0
  readonly #isProxied: boolean
  readonly #hotkeys: readonly ModelHotkey[]
  #isPanicked = false

  constructor(
    isProxied: boolean,
    toggles: readonly (readonly number[])[],
    keyboards: readonly boolean[],
    hotkeys: readonly ModelHotkey[],
  ) {
    this.#isProxied = isProxied
    // Panic first, then the longest.
    this.#hotkeys = [...hotkeys].sort(
      (a, b) =>
        Number(b.action === 'panic') - Number(a.action === 'panic') ||
        b.keys.length - a.keys.length,
    )
    this.targets = [
      newTarget({ isHost: true, toggle: [], repeats: false, hasNodes: isProxied }),
      ...toggles.map((toggle) =>
        newTarget({ isHost: false, toggle, repeats: true, hasNodes: true }),
      ),
    ]
    this.devices = keyboards.map((isKeyboard) => ({
      isKeyboard,
      isPlugged: true,
      isGrabbed: isProxied,
      lastKey: undefined,
      fingers: new Set(),
      kernel: new Set(),
      down: new Set(),
      sent: new Map(),
      seenByHost: [],
    }))
  }

  // ---- what happens

  press(device: ModelDevice, key: number): void {
    if (!device.isPlugged || device.fingers.has(key)) return
    device.fingers.add(key)
    device.lastKey = key
    this.#report(device, key, 1)
  }

  lift(device: ModelDevice, key: number): void {
    if (device.fingers.delete(key)) this.#report(device, key, 0)
  }

  repeat(device: ModelDevice): void {
    const key = device.lastKey
    if (device.isKeyboard && key !== undefined && device.kernel.has(key)) {
      this.#report(device, key, 2)
    }
  }

  move(device: ModelDevice, axis: 'x' | 'wheel', value: number): void {
    if (!device.isPlugged || value === 0) return
    if (!device.isGrabbed) device.seenByHost.push(`${axis} ${value}`)
    const target = this.#activeTarget()
    if (!this.#reaches(device, target, 'mouse')) return
    target.seen.mouse.push(...shapedMotion(target, axis, value))
  }

  unplug(device: ModelDevice): void {
    if (!device.isPlugged) return
    this.#releaseDevice(device)
    for (const keys of [device.fingers, device.kernel, device.down]) keys.clear()
    device.isPlugged = device.isGrabbed = false
    device.lastKey = undefined
    device.seenByHost.length = 0
  }

  plugIn(device: ModelDevice): void {
    if (device.isPlugged) return
    device.isPlugged = true
    this.#settle(device)
  }

  switchTo(index: number): void {
    if (index !== 0 && !this.#ask(index)) return
    const wasPanicked = this.#isPanicked
    this.#isPanicked = false
    if (index !== this.active) this.#activate(index)
    else if (wasPanicked) this.#settleAll()
  }

  panic(): void {
    this.#isPanicked = true
    if (this.active !== 0) {
      this.#activate(0)
      return
    }
    this.#releaseAll()
    this.#settleAll()
  }

  askPresence(): void {
    for (let index = 1; index < this.targets.length; index++) this.#ask(index)
  }

  // ---- keys

  #report(device: ModelDevice, key: number, value: number): void {
    const withScan = this.#isProxied && !isButton(key)
    const passes = value === 2 || device.kernel.has(key) !== (value === 1)
    if (!passes) {
      if (withScan && !device.isGrabbed) device.seenByHost.push(scan)
      return
    }
    if (value === 1) device.kernel.add(key)
    if (value === 0) device.kernel.delete(key)
    if (!device.isGrabbed) device.seenByHost.push(keyText(key, value, withScan))
    this.#route(device, key, value)
  }

  #route(device: ModelDevice, key: number, value: number): void {
    const target = this.#activeTarget()
    if (value === 1) {
      const hotkey = this.#press(device, key, target)
      if (hotkey) this.#fire(hotkey)
    } else if (value === 0) {
      device.down.delete(key)
      const as = device.sent.get(key)
      if (as === undefined) return
      device.sent.delete(key)
      if (letGo(target, as)) this.#show(target, as, 0)
    } else {
      const as = device.sent.get(key)
      if (as !== undefined && target.repeats) this.#show(target, as, 2)
    }
  }

  #press(device: ModelDevice, key: number, target: ModelTarget): ModelHotkey | undefined {
    if (device.down.has(key)) return undefined // muted
    device.down.add(key)
    const hotkey = this.#hotkeys.find(({ keys }) => keys.includes(key) && keys.every(this.#isDown))
    if (hotkey) return hotkey
    const as = folded(target, key)
    const role = roleOf(as)
    if (!this.#reaches(device, target, role)) return undefined
    const other = target.toggle.find((toggleKey) => toggleKey !== as)
    if (target.toggle.includes(as) && other && target.holders[role].has(other)) return undefined
    device.sent.set(key, as)
    const count = target.holders[role].get(as) ?? 0
    target.holders[role].set(as, count + 1)
    if (count === 0) this.#show(target, as, 1)
    return undefined
  }

  readonly #isDown = (key: number) => this.devices.some(({ down }) => down.has(key))

  /** The chord does nothing: what was sent of it goes up again. */
  #fire({ keys, action }: ModelHotkey): void {
    const target = this.#activeTarget()
    for (const role of roles) {
      const released = this.devices.flatMap((device) =>
        keys.filter((key) => {
          const as = device.sent.get(key)
          if (as === undefined || roleOf(as) !== role) return false
          device.sent.delete(key)
          return letGo(target, as)
        }),
      )
      showReleases(
        target,
        role,
        released.map((key) => folded(target, key)),
      )
    }
    if (action === 'panic') this.panic()
    else this.#switchBy(action === 'next' ? 1 : this.targets.length - 1)
  }

  #switchBy(step: number): void {
    for (let away = 1; away < this.targets.length; away++) {
      const index = (this.active + away * step) % this.targets.length
      if (index === 0 || this.#ask(index)) {
        this.switchTo(index)
        return
      }
    }
  }

  #show(target: ModelTarget, as: number, value: number): void {
    const withScan = target.isHost && !isButton(as)
    target.seen[roleOf(as)].push(keyText(as, value, withScan))
  }

  #reaches(device: ModelDevice, target: ModelTarget, role: Role): boolean {
    return device.isGrabbed && target.hasNodes && target.known[role]
  }

  // ---- switching

  #activeTarget(): ModelTarget {
    const target = this.targets[this.active]
    if (target === undefined) throw new Error('no target is active')
    return target
  }

  #ask(index: number): boolean {
    const target = this.targets[index]
    if (target === undefined) return false
    for (const role of roles) {
      if (target.known[role] && !target.consumed[role]) this.#releaseNode(target, role)
      target.known[role] = target.consumed[role]
    }
    const isConsumed = target.known.keyboard || target.known.mouse
    if (!isConsumed && index === this.active) this.#activate(0)
    return isConsumed
  }

  #activate(index: number): void {
    this.#releaseAll()
    this.active = index
    this.#settleAll()
  }

  #releaseAll(): void {
    for (const role of roles) this.#releaseNode(this.#activeTarget(), role)
  }

  #releaseNode(target: ModelTarget, role: Role): void {
    const pressed = [...target.holders[role].keys()]
    target.holders[role].clear()
    for (const { sent } of this.devices) {
      for (const [key, as] of sent)
        if (pressed.includes(as) && roleOf(as) === role) sent.delete(key)
    }
    showReleases(target, role, pressed.sort(ascending))
  }

  #releaseDevice(device: ModelDevice): void {
    const target = this.#activeTarget()
    const sent = [...device.sent].sort(([a], [b]) => ascending(a, b)).map(([, as]) => as)
    device.sent.clear()
    const released = sent.filter((as) => letGo(target, as))
    for (const role of roles) {
      showReleases(
        target,
        role,
        released.filter((as) => roleOf(as) === role),
      )
    }
  }

  #settleAll(): void {
    for (const device of this.devices) this.#settle(device)
  }

  #settle(device: ModelDevice): void {
    const isWanted = this.active !== 0 || (this.#isProxied && !this.#isPanicked)
    if (!device.isPlugged || device.isGrabbed === isWanted) return
    device.isGrabbed = isWanted
    if (isWanted) {
      // Released for the host, pressed again for us alone, and muted.
      const held = [...device.kernel].sort(ascending)
      if (held.length > 0) device.seenByHost.push(held.map((key) => keyText(key, 0)).join(' + '))
      device.down.clear()
      for (const key of held) device.down.add(key)
    } else {
      device.kernel.clear()
      device.down.clear()
    }
  }
}

// ---- small things

function newTarget(
  facts: Pick<ModelTarget, 'isHost' | 'toggle' | 'repeats' | 'hasNodes'>,
): ModelTarget {
  const { isHost } = facts
  return {
    ...facts,
    consumed: { keyboard: true, mouse: true },
    known: { keyboard: isHost, mouse: isHost },
    holders: { keyboard: new Map(), mouse: new Map() },
    seen: { keyboard: [], mouse: [] },
  }
}

/** One device less holds a key: true when it was the last. */
function letGo(target: ModelTarget, as: number): boolean {
  const holders = target.holders[roleOf(as)]
  const count = (holders.get(as) ?? 0) - 1
  if (count > 0) {
    holders.set(as, count)
    return false
  }
  return holders.delete(as)
}

function showReleases(target: ModelTarget, role: Role, keys: readonly number[]): void {
  if (keys.length === 0) return
  target.seen[role].push(keys.map((key) => keyText(key, 0)).join(' + '))
}

function shapedMotion(target: ModelTarget, axis: 'x' | 'wheel', value: number): string[] {
  if (axis === 'x') return [`x ${value}`]
  const detents = Math.min(Math.abs(value), wheelMax)
  const sign = Math.sign(value)
  if (target.isHost) return [`wheel ${value} + wheel_hi_res ${sign * detents * 120}`]
  return Array<string>(detents).fill(`wheel ${sign}`)
}

/** For a guest of QEMU, back is side and forward is extra. */
function folded(target: ModelTarget, key: number): number {
  if (target.isHost) return key
  if (key === codes.BTN_BACK) return codes.BTN_SIDE
  return key === codes.BTN_FORWARD ? codes.BTN_EXTRA : key
}

function isButton(key: number): boolean {
  return key >= codes.BTN_0 && key < codes.KEY_OK
}

function roleOf(key: number): Role {
  return isButton(key) ? 'mouse' : 'keyboard'
}

function keyText(key: number, value: number, withScan = false): string {
  const text = `${keyId(key)} ${['up', 'down', 'again'][value]}`
  return withScan ? `${scan} + ${text}` : text
}

function ascending(a: number, b: number): number {
  return a - b
}
