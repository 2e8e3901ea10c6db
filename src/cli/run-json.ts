import type { Device } from '../devices/device.ts'
import { hotkeyText } from '../engine/hotkey.ts'
import type { Hotkey } from '../engine/types.ts'
import { libvirtXml, qemuArguments } from '../guests/qemu.ts'
import type { Notice, Started } from '../service/notice.ts'
import { guestNodePaths, type RunFacts } from './run-text.ts'

/** One JSON object a line, `event` first. Fields are only ever added. */
type JsonLine = { readonly event: string } & Readonly<Record<string, unknown>>

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
    hotkey: keysOf(facts, ({ kind }) => kind !== 'panic'),
    panic: keysOf(facts, ({ kind }) => kind === 'panic'),
    hotkeys: facts.hotkeys.map(({ keys, action }) => ({ keys: hotkeyText(keys), ...action })),
    takesLastKeyboard: started.takesLastKeyboard,
    takesLastMouse: started.takesLastMouse,
    advice: started.advice,
  }
}

export function noticeJson(notice: Notice): JsonLine {
  switch (notice.kind) {
    case 'switched': {
      const { target, previous, reason, latencyNs } = notice
      return { event: 'switched', target, previous, reason, latencyNs }
    }
    case 'device-arrived':
    case 'device-departed':
      return { event: notice.kind, device: deviceJson(notice.device) }
    case 'device-failed': {
      const { code, message } = notice.error
      return { event: notice.kind, device: deviceJson(notice.device), code, message }
    }
    case 'refused':
    case 'panic':
    case 'consumer':
    case 'device-waiting':
    case 'warning': {
      const { kind, ...facts } = notice
      return { event: kind, ...facts }
    }
  }
}

function deviceJson({ node, name, kind, identity }: Device) {
  return { node, name, kind, identity }
}

/** The keys of the first hotkey of a kind. */
function keysOf({ hotkeys }: RunFacts, fits: (action: Hotkey['action']) => boolean) {
  const hotkey = hotkeys.find(({ action }) => fits(action))
  return hotkey === undefined ? undefined : hotkeyText(hotkey.keys)
}
