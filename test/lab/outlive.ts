import {
  changeBuild,
  followJournal,
  guestNodes,
  installService,
  type Journal,
  nodeMinors,
  unit,
} from './installed.ts'
import { LabError } from './lab-error.ts'
import { type NestedGuest, startNestedGuest } from './nested-guest.ts'
import type { LabVm } from './vm.ts'

export const KEY_A = 30
export const KEY_B = 48
export const KEY_C = 46

/** A guest that has the input of an installed service, and what the service logs. */
export interface Scene {
  readonly guest: NestedGuest
  readonly journal: Journal
}

export async function guestWithInput(vm: LabVm): Promise<Scene> {
  const journal = await followJournal(vm)
  const guest = await startNestedGuest(vm, {
    keyboardNode: guestNodes.keyboard,
    mouseNode: guestNodes.mouse,
  })
  await switchTo(vm, journal, 'guest')
  return { guest, journal }
}

export async function switchTo(vm: LabVm, journal: Journal, target: string): Promise<void> {
  await vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await journal.waitFor(new RegExp(`"target":"${target}".*"msg":"switched"`))
  await vm.keyboard('usb').release('ctrl_r', 'ctrl')
}

/** A key that the guest must see go down and up once more than before. */
export async function tapInGuest(
  vm: LabVm,
  guest: NestedGuest,
  name: string,
  code: number,
): Promise<void> {
  const ups = () => guest.keys.filter(({ key, down }) => key === code && !down).length
  const before = ups()
  await vm.keyboard('usb').tap(name)
  await guest.waitUntil(() => ups() > before)
}

let builds = 0

/** How a service may end that comes back at once. */
export const ends = {
  restart: async (vm: LabVm) => {
    await vm.check(['systemctl', 'restart', '--no-block', unit])
  },
  kill: async (vm: LabVm) => {
    await vm.check(['systemctl', 'kill', '-s', 'KILL', unit])
  },
  /** By a build of another version than any before. */
  update: async (vm: LabVm) => {
    await changeBuild(vm, `9.9.${++builds}`)
    await installService(vm)
  },
} as const

/**
 * Ends the service while the guest has a key down: the guest sees it go up, its nodes stay what they are, and it
 * gets the next key. Returns how long it took until the next service was ready, in ms of this machine's clock.
 */
export async function outlive(
  vm: LabVm,
  { guest, journal }: Scene,
  end: (vm: LabVm) => Promise<void>,
): Promise<number> {
  const minors = await nodeMinors(vm)
  await tapInGuest(vm, guest, 'a', KEY_A)
  await vm.keyboard('usb').press('b')
  await guest.waitUntil(() => guest.pressedKeys.has(KEY_B))
  const ended = performance.now()
  await end(vm)
  await journal.waitFor('"msg":"service is ready"')
  const readyMs = performance.now() - ended
  await guest.waitUntil(() => guest.pressedKeys.size === 0)
  await vm.keyboard('usb').release('b')
  const after = await nodeMinors(vm)
  if (after !== minors) throw new LabError(`the guest's nodes were\n${minors}and are\n${after}`)
  await switchTo(vm, journal, 'guest')
  await tapInGuest(vm, guest, 'c', KEY_C)
  return readyMs
}
