import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Activity } from '../../src/capture/activity.ts'
import { advise } from '../../src/capture/advice.ts'
import type { WatchedNode } from '../../src/cli/identify-model.ts'
import { IdentifyModel } from '../../src/cli/identify-model.ts'
import { type IdentifyView, identifyScreen } from '../../src/cli/identify-screen.ts'
import { listDevices } from '../../src/devices/list.ts'
import { columns } from '../../src/devices/sanitize.ts'
import { frameOf } from '../capture/frames-of.ts'
import { allFixtures, FakeRoot, inPort, loadFixture } from '../devices/fake-root.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot({ udev: true })
})
afterEach(() => root.remove())

const laterNs = 10_000_000_000n
const still = { keys: false, lostEvents: 0, unwatched: 0, ungrabbed: { size: 0 }, nowNs: laterNs }
const size = { rows: 24, columns: 80 }

/** A model of what is plugged in, as a capture would fill it. */
function model(): IdentifyModel {
  const made = new IdentifyModel(() => {})
  for (const device of listDevices(root.path).devices) made.arrived(device)
  return made
}

function send(of: IdentifyModel, eventName: string, ...frames: Parameters<typeof frameOf>[]): void {
  const node = of.nodes.find(({ device }) => device.eventName === eventName)
  if (node === undefined) throw new Error(`no ${eventName}`)
  for (const frame of frames) of.frame(node.device, frameOf(...frame))
}

function screen(of: IdentifyModel, change: Partial<IdentifyView> = {}, at = size): string {
  const { nodes, advice } = of
  return identifyScreen({ ...still, nodes, advice, ...change }, at)
    .map(({ text }) => text)
    .join('\n')
}

describe('the screen of identify', () => {
  test('shows what was used and what to take', () => {
    root.plugAll('mosart-2.4g-keyboard-mouse', 'lid-switch', 'logitech-g502-gaming-mouse')
    const made = model()
    send(made, 'event0', [1000, [1, 30, 1]], [2000, [1, 30, 0]])
    const moves = Array.from(
      { length: 100 },
      (_, at): Parameters<typeof frameOf> => [9_600_000 + at * 1000, [2, 0, 3]],
    )
    send(made, 'event6', ...moves)
    expect(`\n${screen(made)}\n`).toMatchInlineSnapshot(`
      "
      Press a key on the keyboard you want, move the mouse you want.

        node     kind          frames    Hz sends               device
        event0   keyboard           2     - keys                MOSART Sem…board Mouse
        event1   mouse              -     -                     MOSART Sem…board Mouse
        event2   media keys         -     -                     MOSART Sem…mer Control
        event3   system keys        -     -                     MOSART Sem…tem Control
        event4   other              -     -                     MOSART Sem…board Mouse
      * event6   mouse            100  1000 motion              Logitech G… Mouse G502
        event7   keyboard           -     -                     Logitech G…02 Keyboard
        event8   media keys         -     -                     Logitech G…mer Control
        event9   system keys        -     -                     Logitech G…tem Control
        1 more node, silent

      MOSART Semi. 2.4G Keyboard Mouse: take event0 event2 event3 together. event0
        (-event-kbd) sends keys. event2 (media keys) and event3 (system keys) belong
        to it and are silent so far: left out, they would go on to reach this machine.
        Its mouse is event1: move it, if you want it, too.
      Logitech Gaming Mouse G502: take event6 event7 event8 event9 together. event6
        (-event-mouse) sends motion. event7 (macro keys), event8 (media keys) and
        event9 (system keys) belong to it and are silent so far: left out, they would
        go on to reach this machine.

      Ctrl+C ends and prints the command for what was found.
      "
    `)
  })

  test('shows names of keys only when asked to', () => {
    root.plugAll('qemu-usb-keyboard')
    const made = model()
    send(made, 'event0', [1000, [1, 30, 1]], [2000, [1, 29, 1]])
    expect(screen(made)).not.toMatch(/leftctrl/)
    expect(screen(made, { keys: true })).toContain(' a leftctrl ')
  })

  test('says of each key whether it reaches a guest, and why not', () => {
    root.plugAll('qemu-usb-keyboard')
    const made = model()
    send(made, 'event0', [1000, [1, 30, 1]], [2000, [1, 183, 1]])
    expect(screen(made)).not.toContain('reaches')
    const shown = screen(made, { keys: true }).replace(/\s+/g, ' ')
    expect(shown).toContain('f13 reaches no guest: QEMU has no code for it, and drops it.')
    expect(shown).toContain('a reaches a guest.')
  })

  test('says how a grab ends, in one line of 80 columns', () => {
    root.plugAll('qemu-usb-keyboard')
    const view = {
      ungrabbed: { size: 1 },
      grab: { chords: 'Ctrl+C, or left Ctrl + right Ctrl + Esc', seconds: 600 },
    }
    expect(screen(model(), view).split('\n').slice(-3)).toEqual([
      '  1 not grabbed',
      '',
      'Grabbed for 600 s. Ctrl+C, or left Ctrl + right Ctrl + Esc, ends it at once.',
    ])
  })

  test('fits every terminal, and shows those that spoke before those that did not', () => {
    for (const { fixture } of allFixtures()) root.plug(fixture)
    for (let index = 30; index < 90; index++) {
      root.plug(inPort(loadFixture('razer-naga'), `1-${index}`))
    }
    const made = model()
    const names = ['event100', 'event150', 'event3']
    for (const name of names) send(made, name, [1000, [1, 30, 1], [2, 0, 1]])
    for (const rows of [10, 24, 50, 300]) {
      for (const width of [20, 40, 80, 200]) {
        const lines = screen(
          made,
          { unwatched: 70, lostEvents: 5 },
          { rows, columns: width },
        ).split('\n')
        expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 10))
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width)
        for (const name of names) expect(lines.some((line) => line.includes(name))).toBe(true)
      }
    }
    expect(screen(made, { unwatched: 1, lostEvents: 5 })).toMatch(
      /\d+ more nodes, silent; 1 not watched; 5 events lost \(a flood\)/,
    )
  })

  test('stays cheap and small under a flood', () => {
    root.plugAll('qemu-usb-mouse')
    const made = model()
    const [node] = made.nodes
    if (node === undefined) throw new Error('no mouse')
    const before = process.memoryUsage().heapUsed
    for (let at = 0; at < 2_000_000; at++) made.frame(node.device, frameOf(at, [2, 0, 1]))
    expect(screen(made)).toContain('2000k')
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
  })

  test('is lit for half a second', () => {
    root.plugAll('qemu-usb-keyboard')
    const [device] = listDevices(root.path).devices
    if (device === undefined) throw new Error('no keyboard')
    const activity = new Activity()
    activity.add(frameOf(1_000_000, [1, 30, 1]))
    const nodes: WatchedNode[] = [{ device, activity }]
    const lit = (nowNs: bigint) =>
      identifyScreen({ ...still, nodes, advice: advise([]), nowNs }, size).filter(
        (line) => line.lit,
      )
    expect(lit(1_400_000_000n).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^\* event0/),
    ])
    expect(lit(1_600_000_000n)).toEqual([])
  })
})
