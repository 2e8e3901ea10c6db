import { hotkeyText } from '../engine/hotkey.ts'
import type { Hotkey } from '../engine/types.ts'
import { libvirtXml, qemuArguments } from '../guests/qemu.ts'
import type { Started } from '../service/notice.ts'
import { deviceJson, type JsonLine } from '../service/notice-json.ts'
import { guestNodePaths, type RunFacts } from './run-text.ts'

/** The first line of `evswitch run --json`. */
export function startedJson(started: Started, facts: RunFacts): JsonLine {
  return {
    event: 'started',
    active: 'host',
    devices: started.devices.map(deviceJson),
    cloned: started.cloned.map(deviceJson),
    left: started.left.map(({ device, reason }) => ({ ...deviceJson(device), reason })),
    guests: started.guests.map((guest) => {
      const { name, repeat, keyboard, mouse, clones } = guest
      const nodes = guestNodePaths(guest)
      const input = { target: name, nodes, repeat }
      return {
        name,
        nodes,
        eventNodes: {
          keyboard: keyboard.node,
          mouse: mouse.node,
          clones: clones.map(({ link }) => link.node),
        },
        qemu: qemuArguments(input),
        libvirt: libvirtXml(input, ''),
      }
    }),
    screens: started.screens,
    hotkey: keysOf(facts, ({ kind }) => kind !== 'panic'),
    panic: keysOf(facts, ({ kind }) => kind === 'panic'),
    hotkeys: facts.hotkeys.map(({ keys, action }) => ({ keys: hotkeyText(keys), ...action })),
    takesLastKeyboard: started.takesLastKeyboard,
    takesLastMouse: started.takesLastMouse,
    advice: started.advice,
  }
}

/** The keys of the first hotkey of a kind. */
function keysOf({ hotkeys }: RunFacts, fits: (action: Hotkey['action']) => boolean) {
  const hotkey = hotkeys.find(({ action }) => fits(action))
  return hotkey === undefined ? undefined : hotkeyText(hotkey.keys)
}
