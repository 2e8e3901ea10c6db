import { expect, test } from 'vitest'
import type { KeyboardKind, PluggableDevice } from './devices.ts'
import { nothingStuck, type Scene, startScene } from './scene.ts'
import { sharedLab } from './shared-lab.ts'

/**
 * A few rounds with every run; 300 by hand, as docs/replugs.md tells:
 * EVSWITCH_REPLUGS=300 npm test -- --project lab test/lab/replug.test.ts
 */
const replugs = Number(process.env['EVSWITCH_REPLUGS'] ?? 6)
/** What the first half allocates is used again and again by the second. */
const warmUp = Math.floor(replugs / 2)
/** JavaScript's heap grows before it is swept. */
const growthMb = 8

const KEY_A = 30
const KEY_Z = 44
const pluggable: readonly PluggableDevice[] = ['usb-keyboard', 'usb-mouse']

const lab = sharedLab()

test(`a keyboard and a mouse come back ${replugs} times`, {
  timeout: 60_000 + replugs * 30_000,
}, async () => {
  const scene = await startScene(lab.vm)
  const { vm, evswitch, guest } = scene
  const nodes = await identityOfGuestNodes(scene)
  await scene.switchTo('guest', 'ps2')
  let before = await resources(scene)
  for (let round = 1; round <= replugs; round++) {
    // Every other time with a key and a button down.
    const isHeld = round % 2 === 0
    const from = guest.keys.length
    if (isHeld) {
      await vm.keyboard('usb').press('a')
      await vm.mouse('usb').press('left')
      await guest.waitForKey(KEY_A, true)
      await guest.waitUntil(() => guest.pressedButtons.left)
    }
    for (const device of pluggable) {
      await vm.deviceDel(device)
      await evswitch.waitFor('device-departed')
    }
    await guest.waitUntil(() => guest.pressedKeys.size === 0 && !guest.pressedButtons.left)
    for (const device of pluggable) {
      await vm.deviceAdd(device)
      await evswitch.waitFor('device-arrived')
    }
    await typeOnGuest(scene, 'usb')
    const { x } = guest.motion
    await vm.mouse('usb').move(3, 0)
    await guest.waitUntil(() => guest.motion.x === x + 3)
    // A key that is held repeats; each goes up once.
    const lifted = guest.keys.slice(from).filter(({ down }) => !down)
    expect(lifted.map(({ key }) => key)).toEqual([...(isHeld ? [KEY_A] : []), KEY_Z])
    expect(guest.pressedKeys.size).toBe(0)
    if (round === warmUp) before = await resources(scene)
    if (round % 50 === 0)
      process.stdout.write(`${round} replugs: ${described(await resources(scene))}\n`)
  }

  const after = await resources(scene)
  process.stdout.write(
    `${replugs} replugs: ${described(after)}; after ${warmUp}: ${described(before)}\n`,
  )
  expect(after.descriptors).toEqual(before.descriptors)
  expect(after.memoryMb).toBeLessThan(before.memoryMb + growthMb)
  expect(after.allocatedMb).toBeLessThan(before.allocatedMb + 1)
  expect(await identityOfGuestNodes(scene)).toEqual(nodes)
  await scene.switchTo('host', 'usb')
  expect(await scene.stuckKeys()).toEqual(nothingStuck)
  await evswitch.stop()
  expect(evswitch.stats.drops).toBe(0)
})

async function typeOnGuest({ vm, guest }: Scene, kind: KeyboardKind): Promise<void> {
  const from = guest.keys.length
  await vm.keyboard(kind).tap('z')
  await guest.waitUntil(() =>
    guest.keys.slice(from).some(({ key, down }) => key === KEY_Z && !down),
  )
}

/** Tells a node from another that was made under the same name: its number and its directory in /sys. */
async function identityOfGuestNodes({ vm, evswitch }: Scene): Promise<string> {
  const { keyboard, mouse } = evswitch.guestNodes
  const paths = [keyboard, mouse].map((node) => node.replace('/dev/input/', '/sys/class/input/'))
  return await vm.check(['readlink', '-f', ...paths])
}

interface Resources {
  /** Open descriptors of the process, and of the engine thread, which has a table of its own. */
  readonly descriptors: readonly [number, number]
  /** Resident memory, JavaScript's heap included. */
  readonly memoryMb: number
  /** What C allocated: the engine's, Node's and the libraries'. */
  readonly allocatedMb: number
}

function described({ descriptors, memoryMb, allocatedMb }: Resources): string {
  const [ofProcess, ofEngine] = descriptors
  return (
    `${ofProcess} descriptors and ${ofEngine} of the engine, ` +
    `${memoryMb.toFixed(1)} MB, ${allocatedMb.toFixed(1)} MB of them by malloc`
  )
}

async function resources({ vm, evswitch }: Scene): Promise<Resources> {
  const { pid } = evswitch.process
  const engine = `$(dirname $(grep -lx evswitch-engine /proc/${pid}/task/*/comm))`
  const counts = `ls /proc/${pid}/fd | wc -l; ls ${engine}/fd | wc -l`
  const resident = `grep VmRSS /proc/${pid}/status; grep -A4 '\\[heap\\]' /proc/${pid}/smaps | grep Rss`
  const [ofProcess, ofEngine, ...memory] = (
    await vm.check(['sh', '-c', `${counts}; ${resident}`])
  ).split('\n')
  const [memoryMb = Number.NaN, allocatedMb = Number.NaN] = memory.map(
    (line) => Number(line.match(/\d+/)?.[0]) / 1024,
  )
  return { descriptors: [Number(ofProcess), Number(ofEngine)], memoryMb, allocatedMb }
}
