import { join } from 'node:path'
import type { Status } from '../../src/control/protocol.ts'
import { ROOT } from './cache.ts'
import { LabError } from './lab-error.ts'
import type { LabProcess } from './lab-process.ts'
import { ask, startService } from './service.ts'
import { type LabReader, type PlayedDevice, startPlayer, startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

const nodes = {
  keyboard: '/dev/input/by-id/evswitch-guest-event-kbd',
  mouse: '/dev/input/by-id/evswitch-guest-event-mouse',
} as const

const EV_KEY = 1
const EV_REL = 2
const KEY_A = 30

/** What tools/flood.mjs did, and saw of the service. */
export interface Flood {
  readonly connections: number
  readonly refused: number
  readonly mostDescriptors: number
  readonly mostResidentKb: number
}

export interface RoutedInput {
  readonly service: LabProcess
  /** Frames of the mouse and keys of the keyboard that were sent. */
  readonly sent: { readonly frames: number; readonly keys: number }
  /** Keys that the guest's node told, down and up. */
  readonly keysSeen: number
  readonly before: Status
  readonly after: Status
  readonly durationMs: number
}

/**
 * Routes a mouse and a keyboard to a guest's nodes for as long as something else goes on. The kernel keeps 32 frames of
 * a mouse: a machine whose engine gets no processor for 32 gaps loses some, whatever the engine does.
 */
export async function routeDuring<T>(
  vm: LabVm,
  motion: { readonly hz: number },
  meanwhile: (service: LabProcess) => Promise<T>,
): Promise<RoutedInput & { readonly result: T }> {
  // A player each: one is busy while it streams.
  const [mousePlayer, keyPlayer] = await Promise.all([startPlayer(vm), startPlayer(vm)])
  const mouse = await mousePlayer.create({ kind: 'mouse', name: 'flood mouse' })
  const keyboard = await keyPlayer.create({
    kind: 'keyboard',
    name: 'flood keyboard',
    repeat: false,
  })
  const sources = [mouse, keyboard].map(({ node }) => `[[source]]\ndevice = "${node}"\n`)
  const service = await startService(vm, sources.join(''))
  const guest = await startReader(vm, [nodes.keyboard], { grab: true })
  // The mouse's consumer reads, and tells nobody.
  const quiet = `grabber --read ${nodes.mouse} | { read -r line; echo "$line"; exec cat >/dev/null; }`
  await (await vm.spawn(quiet)).waitForLine('grabbed')
  await ask(vm, 'switch', 'guest')
  const before = await status(vm)

  const started = performance.now()
  let isOver = false
  const during = meanwhile(service).finally(() => {
    isOver = true
  })
  const [frames, keys, result] = await Promise.all([
    move(mouse, motion.hz, () => isOver),
    tap(keyboard, guest, () => isOver),
    during,
  ])
  if (service.exitStatus !== undefined) throw new LabError(`it ended: ${service.describe()}`)
  const durationMs = performance.now() - started
  const after = await status(vm)
  await guest.pressed()
  const keysSeen = guest.events.filter(({ type, code }) => type === EV_KEY && code === KEY_A).length
  await service.stop()
  return { service, sent: { frames, keys }, keysSeen, before, after, durationMs, result }
}

async function move(mouse: PlayedDevice, hz: number, isOver: () => boolean): Promise<number> {
  for (let frames = 0; ; frames += hz) {
    if (isOver()) return frames
    // A second of it.
    await mouse.stream(hz, Math.round(1_000_000 / hz), [EV_REL, 0, 1])
  }
}

/** Each key when the guest's node has told the one before. */
async function tap(
  keyboard: PlayedDevice,
  guest: LabReader,
  isOver: () => boolean,
): Promise<number> {
  for (let keys = 0; ; keys++) {
    if (isOver()) return keys
    await keyboard.tap(KEY_A)
    await guest.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  }
}

async function status(vm: LabVm): Promise<Status> {
  return (await ask(vm, 'status')) as unknown as Status
}

/** Everything at the control socket that a client can do wrong, by so many clients. */
export async function flood(vm: LabVm, service: LabProcess, connections: number): Promise<Flood> {
  const tool = join(ROOT, 'test/lab/tools/flood.mjs')
  const argv = [process.execPath, tool, String(service.pid), String(connections)]
  const { status: ended, stdout, stderr } = await vm.run(argv, { deadlineMs: 500_000 })
  if (ended !== 0) throw new LabError(`${stderr}${service.describe()}`)
  return JSON.parse(stdout) as Flood
}
