import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { IncomingKeys, type KeyChange } from '../../../src/share/keys/incoming-keys.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import { decode } from '../../../src/share/messages/codec.ts'
import { capturedPackets, type captures } from '../fixtures/packets.ts'
import { Desktop } from './typing.ts'

/** What our keyboard does for what a real server said, with what it takes to leave. */
function played(keys: IncomingKeys, name: (typeof captures)[number]): KeyChange[] {
  const packets = capturedPackets(name).filter(({ from }) => from === 'server')
  return packets.flatMap(({ bytes }) => {
    const message = decode(bytes, 'server', 6)
    if (message?.code === 'DKDN') return keys.press(message)
    if (message?.code === 'DKRP') return keys.repeat(message)
    if (message?.code === 'DKUP') return keys.release(message)
    return message?.code === 'COUT' ? keys.releaseAll() : []
  })
}

describe('what barriers 2.4.0 said', () => {
  test('while "Hello, World! 42%" was typed is that text here, and Ctrl+A and what came then', () => {
    const keys = new IncomingKeys()
    const desktop = new Desktop(usLayout)
    desktop.feed(played(keys, 'barriers-barrierc-2.4.0'))
    expect(desktop.text).toBe('Hello, World! 42%')
    expect([...desktop.down]).toEqual([])
    expect(keys.serverType).toBe('x11')
    expect(keys.statistics).toEqual({ untyped: 0, unknownReleases: 0, refused: 0, repaired: 0 })
  })

  test('of one key of each kind is these keys here, and a repeat nothing', () => {
    const keys = new IncomingKeys()
    const changes = played(keys, 'barriers-2.4.0-input')
    const { KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_RIGHTALT, KEY_NUMLOCK, KEY_CAPSLOCK } = codes
    expect(changes.filter(({ value }) => value === 1).map(({ code }) => code)).toEqual([
      ...[codes.KEY_A, KEY_LEFTSHIFT, codes.KEY_A, KEY_LEFTCTRL, codes.KEY_C, codes.KEY_ENTER],
      ...[codes.KEY_LEFT, KEY_NUMLOCK, codes.KEY_KP5, codes.KEY_DELETE, codes.KEY_LEFTMETA],
      ...[KEY_RIGHTALT, codes.KEY_SYSRQ, codes.KEY_PAUSE, codes.KEY_VOLUMEUP],
      ...[codes.KEY_PLAYPAUSE, KEY_CAPSLOCK, codes.KEY_B, KEY_CAPSLOCK, KEY_NUMLOCK, codes.KEY_X],
    ])
    expect(changes.filter(({ value }) => value === 0)).toHaveLength(changes.length / 2)
    expect(keys.statistics).toEqual({ untyped: 0, unknownReleases: 0, refused: 0, repaired: 0 })
  })
})
