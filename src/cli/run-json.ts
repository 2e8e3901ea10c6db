import type { Device } from '../devices/device.ts'
import { type HotkeyKeys, hotkeyText } from '../engine/hotkey.ts'
import { libvirtXml, qemuArguments } from '../guests/qemu.ts'
import type { Notice, Started } from '../service/notice.ts'
import { nodePath, type RunFacts } from './run-text.ts'

/** One JSON object a line, `event` first. Fields are only ever added. */
type JsonLine = { readonly event: string } & Readonly<Record<string, unknown>>

export function startedJson(started: Started, facts: RunFacts): JsonLine {
  return {
    event: 'started',
    active: 'host',
    devices: started.devices.map(deviceJson),
    left: started.left.map(({ device, reason }) => ({ ...deviceJson(device), reason })),
    guests: started.guests.map(({ name, keyboard, mouse }) => {
      const nodes = { keyboard: nodePath(keyboard), mouse: nodePath(mouse) }
      const input = { target: name, nodes, repeat: facts.repeat }
      return {
        name,
        nodes,
        eventNodes: { keyboard: keyboard.node, mouse: mouse.node },
        qemu: qemuArguments(input),
        libvirt: libvirtXml(input, ''),
      }
    }),
    hotkey: keysJson(facts.hotkey),
    panic: keysJson(facts.panic),
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

function keysJson(keys: HotkeyKeys): string {
  return hotkeyText(keys)
}
