import { codes } from '../../../src/engine/code-table.ts'
import { type LabEvswitch, type Notice, type SessionStats, startEvswitch } from '../evswitch.ts'
import type { LabKeyboard, LabMouse } from '../input.ts'
import { LabError } from '../lab-error.ts'
import { type NestedGuest, startNestedGuest } from '../nested-guest.ts'
import { bootLab, type LabVm } from '../vm.ts'
import { Account } from './account.ts'
import type { InputEvent, Side } from './input-event.ts'
import { Journal, type Row } from './journal.ts'
import { isKey, keyCode } from './keys.ts'
import { type Pace, pause } from './pace.ts'
import { followGuest, followLines, HostWitness } from './witnesses.ts'

const KEYBOARD = 'usb-keyboard'
const MOUSE = 'usb-mouse'

/**
 * How far hands may be ahead of what is seen. QEMU's PS/2 mouse keeps four packets for a guest that is slow, and
 * two of them are one click of the wheel; of what comes then, it tells with the next event, which the last one
 * of a row would never have. Its keyboards keep 16 bytes and lose the rest.
 */
const MOST_UNSEEN = 3

export interface StageOptions {
  readonly pace: Pace
  /** Told what is being waited for. */
  readonly onWait: (what: string) => void
  /** Told of the machine as soon as somebody must end it. */
  readonly onBooted: (vm: LabVm) => void
}

/** Everything the demo needs, running. */
export async function openStage({ pace, onWait, onBooted }: StageOptions): Promise<Stage> {
  onWait('booting a virtual machine that has a USB keyboard and a USB mouse')
  const vm = await bootLab({ devices: [KEYBOARD, MOUSE] })
  onBooted(vm)
  onWait('starting evswitch in the machine')
  // Both programs come from the host's disk by a slow way; so QEMU comes while evswitch starts.
  const warmUp = vm.run(['qemu-system-x86_64', '--version'])
  const evswitch = await startEvswitch(vm)
  const stage = new Stage(vm, evswitch, pace)
  onWait('starting a guest, in QEMU, in the machine')
  await warmUp
  const { keyboard, mouse } = evswitch.guestNodes
  await stage.start(await startNestedGuest(vm, { keyboardNode: keyboard, mouseNode: mouse }))
  return stage
}

/**
 * The machine with its keyboard and mouse, evswitch, a guest, and somebody on the host who looks. Every action
 * also writes down what each side should see of it by the rules of switching, so that what they did see can be
 * held against it.
 */
export class Stage {
  readonly vm: LabVm
  readonly journal = new Journal()
  readonly expected: Readonly<Record<Side, Account>> = { host: new Account(), guest: new Account() }
  /** How often all that should have been seen had been seen, and exactly the right keys were down. */
  moments = 0
  /** Switches by the hotkey. */
  hotkeySwitches = 0
  panics = 0
  refusals = 0

  readonly #evswitch: LabEvswitch
  #guest: NestedGuest | undefined
  readonly #pace: Pace
  readonly #keyboard: LabKeyboard
  readonly #mouse: LabMouse
  readonly #host: HostWitness
  #arrivals = 0
  #departures = 0
  #isEnding = false
  #guestHasNodes = false
  /** Actions of the hands since all of them were known to be seen. */
  #unseen = 0

  constructor(vm: LabVm, evswitch: LabEvswitch, pace: Pace) {
    const { journal } = this
    this.vm = vm
    this.#evswitch = evswitch
    this.#pace = pace
    this.#keyboard = vm.keyboard('usb')
    this.#mouse = vm.mouse('usb')
    this.#host = new HostWitness(vm, journal)
    void vm.ended.then(() => journal.fail(new LabError('the machine has ended')))
    void this.#followEvswitch()
  }

  /** What evswitch counted and measured; known when it has ended. */
  get stats(): SessionStats | undefined {
    return this.#isEnding ? this.#evswitch.stats : undefined
  }

  /** Begins to look at both sides, and waits until the guest can be switched to. */
  async start(guest: NestedGuest): Promise<void> {
    this.#guest = guest
    void followGuest(guest, this.journal)
    await this.#host.watch(await this.vm.node(this.#keyboard))
    await this.#host.watch(await this.vm.node(this.#mouse))
    await this.journal.until(() => this.#guestHasNodes, 'the guest did not open its nodes')
  }

  /**
   * One action and what comes of it, until both sides have seen what they should and nothing else, and the
   * keys that are down on each are the right ones.
   */
  async row(
    actor: Row['actor'],
    action: () => Promise<void>,
    { hidesSwitches = false } = {},
  ): Promise<void> {
    this.journal.beginRow(actor, hidesSwitches)
    await action()
    await this.settle()
    this.journal.endRow()
    await this.pause('row')
  }

  async settle(): Promise<void> {
    await this.#untilSeen('what was seen is not what should have been')
    await this.#host.catchUp()
    await this.#untilSeen('something was seen that should not have been')
    this.moments++
  }

  async type(word: string): Promise<void> {
    for (const letter of word) {
      await this.press(letter)
      await this.pause('key')
      await this.release(letter)
      await this.pause('key')
    }
  }

  /** A key goes down and stays there; who has the input sees it. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#press(key, this.journal.owner)
  }

  /** A key goes up; who has the input sees it if it saw it go down. */
  async release(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const code = keyCode(key)
      await this.#keepPace()
      this.#lifts(code)
      await this.#keyboard.release(key)
    }
  }

  /** Waits until a key that is held has repeated a few times. */
  async untilItRepeats(): Promise<void> {
    const seen = this.journal.seen[this.journal.owner]
    const before = seen.repeats
    await this.journal.until(() => seen.repeats >= before + 5, 'the held key did not repeat')
  }

  /** Until the other side has the input. */
  async pressBothCtrl(): Promise<void> {
    const from = this.journal.owner
    await this.press('ctrl')
    await this.pause('key')
    // A released host sees the second Ctrl too; a guest never does.
    await this.#press('ctrl_r', from === 'host' ? 'host' : undefined)
    await this.#untilSwitchedFrom(from)
    await this.pause('key')
    await this.release('ctrl_r', 'ctrl')
  }

  /** While nobody is there to switch to. */
  async pressBothCtrlInVain(): Promise<void> {
    const before = this.refusals
    await this.press('ctrl', 'ctrl_r')
    await this.journal.until(() => this.refusals > before, 'evswitch did not refuse to switch')
    await this.pause('key')
    await this.release('ctrl_r', 'ctrl')
  }

  /** The panic chord, from the guest. */
  async panic(): Promise<void> {
    await this.press('esc', 'ctrl')
    await this.pause('key')
    await this.#press('ctrl_r', undefined)
    await this.#untilSwitchedFrom('guest')
    await this.journal.until(() => this.panics > 0, 'evswitch told of no panic')
    await this.pause('key')
    await this.release('ctrl_r', 'ctrl', 'esc')
  }

  async move(count: number, x: number, y: number): Promise<void> {
    for (let report = 0; report < count; report++) {
      await this.#keepPace()
      this.#happens({ kind: 'motion', x, y }, this.journal.owner)
      await this.#mouse.move(x, y)
      await this.pause('motion')
    }
  }

  async turnWheel(): Promise<void> {
    await this.#keepPace()
    this.#happens({ kind: 'wheel', clicks: 1 }, this.journal.owner)
    await this.#mouse.wheel('up')
  }

  async pressButton(): Promise<void> {
    await this.#keepPace()
    this.#happens({ kind: 'press', code: codes.BTN_LEFT }, this.journal.owner)
    await this.#mouse.press('left')
  }

  async releaseButton(): Promise<void> {
    await this.#keepPace()
    this.#lifts(codes.BTN_LEFT)
    await this.#mouse.release('left')
  }

  async unplugKeyboard(): Promise<void> {
    const before = this.#departures
    this.#host.forget(await this.vm.node(this.#keyboard))
    const { pressed } = this.expected[this.journal.owner]
    for (const code of pressed) if (isKey(code)) pressed.delete(code)
    this.journal.add('hands', { kind: 'unplug' })
    await this.vm.deviceDel(KEYBOARD)
    await this.journal.until(() => this.#departures > before, 'evswitch did not miss the keyboard')
  }

  async plugKeyboard(): Promise<void> {
    const before = this.#arrivals
    this.journal.add('hands', { kind: 'plug' })
    await this.#host.watch(await this.vm.deviceAdd(KEYBOARD))
    await this.journal.until(() => this.#arrivals > before, 'evswitch did not take the keyboard')
    await this.#untilGrabsFollow()
  }

  /** Its QEMU ends as in a crash, while it has the input. */
  async killGuest(): Promise<void> {
    const guest = this.#guest
    this.#guest = undefined
    this.journal.add('guest', { kind: 'crash' })
    await guest?.stop()
    await this.#untilSwitchedFrom('guest')
  }

  /** Ends evswitch as Ctrl+C does. Gives its exit status and which of its devices are still there. */
  async endEvswitch(): Promise<{ readonly status: number; readonly left: readonly string[] }> {
    this.#isEnding = true
    this.journal.add('hands', { kind: 'end' })
    const { status } = await this.#evswitch.stop('SIGINT')
    const devices = await this.vm.inputDevices()
    return { status, left: devices.map(({ name }) => name).filter((name) => /evswitch/.test(name)) }
  }

  /** How many keys the kernel of the host takes for pressed. */
  async keysDownInKernel(): Promise<number> {
    const state = await this.vm.check(['reader', '--state'])
    return [...state.matchAll(/^pressed \S+ (.+)$/gm)].flatMap(([, keys = '']) => keys.split(' '))
      .length
  }

  async pause(what: Parameters<typeof pause>[1]): Promise<void> {
    await pause(this.#pace, what)
  }

  /** Before an action: waits for the eyes when the hands are too far ahead of them. */
  async #keepPace(): Promise<void> {
    if (this.#unseen >= MOST_UNSEEN) {
      await this.#untilSeen('what was seen so far is not what should have been')
    }
    this.#unseen++
  }

  /** Until both sides have seen what they should have by now; of what they should not, all that has come. */
  async #untilSeen(failure: string): Promise<void> {
    const { seen } = this.journal
    const sides = this.#guest ? (['host', 'guest'] as const) : (['host'] as const)
    const isRight = () => sides.every((side) => seen[side].equals(this.expected[side]))
    await this.journal.until(isRight, failure)
    this.#unseen = 0
  }

  async #press(key: string, seenBy: Side | undefined): Promise<void> {
    await this.#keepPace()
    this.#happens({ kind: 'press', code: keyCode(key) }, seenBy)
    await this.#keyboard.press(key)
  }

  #happens(event: InputEvent, seenBy: Side | undefined): void {
    this.journal.add('hands', event)
    if (seenBy !== undefined) this.expected[seenBy].add(event)
  }

  #lifts(code: number): void {
    const event = { kind: 'release', code } as const
    this.journal.add('hands', event)
    this.expected[this.journal.owner].add(event)
  }

  async #untilSwitchedFrom(from: Side): Promise<void> {
    await this.journal.until(
      () => this.journal.owner !== from,
      `evswitch did not switch from the ${from}`,
    )
    // What was down there is released there, whatever the fingers do.
    this.expected[from].pressed.clear()
    await this.#untilGrabsFollow()
  }

  /** While devices are on their way back to the host, nobody hears them. */
  async #untilGrabsFollow(): Promise<void> {
    const wanted = () => (this.journal.owner === 'guest' ? this.#host.nodes.size : 0)
    await this.journal.until(
      () => this.#evswitch.grabbedNodes.size === wanted(),
      'grabbed devices are not those that should be',
    )
  }

  async #followEvswitch(): Promise<void> {
    const { journal } = this
    const { stdout, stderr } = this.#evswitch.process
    void followLines(stderr, journal, () => journal.touch())
    await followLines(stdout, journal, (line) => this.#take(JSON.parse(line) as Notice))
    if (!this.#isEnding) {
      journal.fail(new LabError(`evswitch has ended: ${this.#evswitch.process.describe()}`))
    }
  }

  #take(notice: Notice): void {
    const { journal } = this
    switch (notice.event) {
      case 'switched': {
        if (notice['reason'] === 'hotkey') this.hotkeySwitches++
        journal.switched(notice['target'] === 'host' ? 'host' : 'guest')
        journal.remark(switchText(notice))
        break
      }
      case 'refused':
        this.refusals++
        journal.remark('nobody is there to switch to: the host keeps the input')
        break
      case 'panic':
        this.panics++
        break
      case 'consumer':
        this.#guestHasNodes = notice['present'] === true
        break
      case 'device-departed':
        this.#departures++
        journal.remark('the keyboard is gone; what it held is released')
        break
      case 'device-arrived':
        this.#arrivals++
        journal.remark('the keyboard is back, and taken for the guest')
        break
    }
    journal.touch()
  }
}

function switchText({ target, reason, latencyNs }: Notice): string {
  const why: Readonly<Record<string, string>> = {
    panic: 'panic: ',
    'consumer-gone': 'the guest is gone: ',
  }
  const when =
    latencyNs === undefined ? '' : `, ${(Number(latencyNs) / 1e6).toFixed(1)} ms after the last key`
  return `${why[String(reason)] ?? ''}the ${target} has the input now${when}`
}
