import { expect, test } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { startEvswitch } from './evswitch.ts'
import { configure, pressBothCtrl } from './played-input.ts'
import { sharedLab } from './shared-lab.ts'
import { startPlayer, startReader } from './tools.ts'

// In its own time the machine is fast enough for 8 kHz, however slowly it is emulated.
const lab = sharedLab({ virtualTime: true, devices: [], udev: false })

const { EV_KEY, EV_REL, REL_X, REL_Y, BTN_SIDE } = codes

test('an 8 kHz mouse shaped to 250 Hz arrives with the exact sum of its motion', async () => {
  const { vm } = lab
  const player = await startPlayer(vm)
  const board = await player.create({ kind: 'keyboard', name: 'Plain Board', repeat: false })
  const device = await player.create({ kind: 'mouse', name: 'Fast Mouse' })
  const config = await configure(
    vm,
    'rate',
    ...['[[source]]', `device = "${board.node}"`, '[[source]]', `device = "${device.node}"`],
    ...['[[target]]', 'name = "guest"', 'max-rate = 250'],
  )
  const evswitch = await startEvswitch(vm, { args: ['--config', config] })
  const { mouse } = evswitch.guestNodes
  const guest = await startReader(vm, [mouse], { grab: true })
  await pressBothCtrl(board)
  await evswitch.waitFor('switched', { target: 'guest' })
  const frames = 4000
  await device.stream(frames, 125, [EV_REL, REL_X, 1], [EV_REL, REL_Y, -2])
  // A button goes at once, behind all motion that was before it.
  await device.tap(BTN_SIDE)
  await guest.waitFor({ type: EV_KEY, code: BTN_SIDE, value: 0 })

  const motion = guest.events.filter(({ type }) => type === EV_REL)
  const sum = (axis: number) =>
    motion.filter(({ code }) => code === axis).reduce((total, { value }) => total + value, 0)
  expect([sum(REL_X), sum(REL_Y)]).toEqual([frames, -2 * frames])
  const shaped = motion.filter(({ code }) => code === REL_X)
  const seconds = ((shaped.at(-1)?.timeUs ?? 0) - (shaped[0]?.timeUs ?? 0)) / 1e6
  // The button sends what waits before its time, once.
  expect(shaped.length).toBeLessThanOrEqual(seconds * 250 + 2)
  expect(seconds).toBeGreaterThanOrEqual((frames * 125) / 1e6 - 0.01)
  await evswitch.stop()
  expect(evswitch.stats.drops).toBe(0)
})
