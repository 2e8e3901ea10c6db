import type { Device } from '../devices/device.ts'
import { nodePath } from '../devices/links-fallback.ts'
import { clip, columns } from '../devices/sanitize.ts'
import { hotkeyLabel } from '../engine/hotkey.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { Hotkey } from '../engine/types.ts'
import { type GuestNodes, libvirtXml, qemuCommandLine } from '../guests/qemu.ts'
import type { Guest, Notice, Started } from '../service/notice.ts'

/** How a session was asked for, as far as its text tells it. */
export interface RunFacts {
  /** With the panic chord. */
  readonly hotkeys: readonly Hotkey[]
}

const nameWidth = 48

/** What is shown when everything is set up; lines without their ends. */
export function startedText(started: Started, facts: RunFacts): string[] {
  const { devices, cloned, guests, screens, targets, left } = started
  const lines = [`Taken while a guest has the input: ${countOf(devices)}`, ...deviceRows(devices)]
  if (cloned.length > 0) {
    lines.push(`Cloned, and away while a guest has the input: ${countOf(cloned)}`)
    lines.push(...deviceRows(cloned))
  }
  if (left.length > 0) {
    const texts = left.map(
      ({ device, reason }) => `${device.eventName} "${device.name}" (${reason})`,
    )
    lines.push(`Left to this machine: ${texts.join(', ')}`)
  }
  for (const guest of guests) lines.push('', ...guestText(guest))
  if (screens.length > 0) {
    lines.push(
      '',
      `Screens of other computers: ${screens.join(', ')}; evswitch share status shows them`,
    )
  }
  lines.push(
    '',
    ...facts.hotkeys.map((hotkey) => hotkeyLine(hotkey, targets)),
    'End:        Ctrl+C',
    ...warnings(started).map((text) => `\n${text}`),
    '',
    `${hostTargetName} has the input`,
  )
  return lines
}

function hotkeyLine({ keys, action }: Hotkey, targets: readonly string[]): string {
  const round = (names: readonly string[]) =>
    `(${[hostTargetName, ...names, hostTargetName].join(' → ')})`
  const line = (title: string, what: string) =>
    `${`${title}:`.padEnd(11)} ${hotkeyLabel(keys)}   ${what}`
  switch (action.kind) {
    case 'next':
      return line('Switch', round(targets))
    case 'previous':
      return line('Back', round(targets.toReversed()))
    case 'target':
      return action.target === hostTargetName
        ? line('Switch', `to ${hostTargetName}`)
        : line('Switch', `to ${action.target}, and back to ${hostTargetName}`)
    case 'panic':
      return line('Emergency', 'gives everything back to this machine')
    case 'lock':
      return line('Lock', 'keeps the input where it is, until pressed again')
    case 'hook':
      return line('Hook', String(action.hook))
  }
}

/** One line for what happened; undefined for what another line says already. */
export function noticeText(notice: Notice): string | undefined {
  switch (notice.kind) {
    case 'switched':
      return switchedText(notice)
    case 'refused':
      return notice.screen
        ? `${notice.target}: no computer is connected as this screen; evswitch share status says more`
        : `${notice.target}: nobody has opened its nodes; start the VM first`
    case 'panic':
      return `panic: everything is back, ${hostTargetName} has the input`
    case 'locked':
      return notice.locked ? 'locked: hotkeys do not switch' : 'unlocked: hotkeys switch again'
    case 'hook':
      return `hook ${notice.hook}`
    case 'resumed':
      return `this machine has slept: ${hostTargetName} has the input`
    case 'consumer':
      if (notice.screen) {
        return `${notice.target}: its computer is ${notice.present ? 'connected' : 'not connected any more'}`
      }
      return notice.present
        ? `${notice.target}: a machine has opened its nodes`
        : `${notice.target}: its nodes are no longer used`
    case 'device-arrived':
      return `+ ${deviceLabel(notice.device)}`
    case 'device-departed':
      return `- ${deviceLabel(notice.device)}`
    case 'device-failed':
      return notice.error.message
    case 'device-waiting':
      return `${notice.node} is not taken: ${notice.reason}`
    case 'warning':
      return notice.remedy === undefined
        ? `warning: ${notice.text}`
        : `warning: ${notice.text}\n${notice.remedy}`
  }
}

function switchedText({ target, previous, reason }: Notice & { kind: 'switched' }) {
  switch (reason) {
    case 'panic':
      return undefined // the panic has its own line
    case 'stop':
      return `${target} has the input again`
    case 'resumed':
      return `${target} has the input: this machine slept`
    case 'consumer-gone':
      return `${target} has the input: ${previous} is gone`
    case 'command':
    case 'hotkey':
    case 'removed':
      return `${target} has the input`
  }
}

function guestText(guest: Guest): string[] {
  const { name, repeat, keyboard, mouse, clones } = guest
  const nodes = guestNodePaths(guest)
  const input = { target: name, nodes, repeat }
  const links = [keyboard, mouse, ...clones.map(({ link }) => link)]
  const without = links.find(({ madeBy }) => madeBy === 'nobody')
  const count = clones.length === 0 ? 'two' : String(links.length)
  return [
    `Guest "${name}" has these ${count} nodes; give them to its machine, then start it:`,
    `  ${nodes.keyboard}`,
    `  ${nodes.mouse}`,
    ...clones.map(({ device, link }) => `  ${nodePath(link)}   clone of ${device.name}`),
    ...(without?.madeBy === 'nobody'
      ? [`  (their numbers may change at the next start: no stable link, ${without.reason})`]
      : []),
    'QEMU:',
    `  ${qemuCommandLine(input, ' \\\n  ')}`,
    'libvirt (virsh edit, inside <devices>):',
    libvirtXml(input, '  '),
  ]
}

/** The paths by which a guest's machine is to open its nodes. */
export function guestNodePaths({ keyboard, mouse, clones }: Guest): GuestNodes {
  return {
    keyboard: nodePath(keyboard),
    mouse: nodePath(mouse),
    clones: clones.map(({ link }) => nodePath(link)),
  }
}

function warnings({ takesLastKeyboard, takesLastMouse, advice }: Started): string[] {
  const what = [takesLastKeyboard ? 'keyboard' : '', takesLastMouse ? 'mouse' : ''].filter(Boolean)
  const last =
    what.length === 0
      ? []
      : [
          `Note: no other ${what.join(' and no other ')} is left to this machine while a guest has the input.`,
        ]
  return [...last, ...advice.map((sentence) => `Note: ${sentence}`)]
}

function deviceRows(devices: readonly Device[]): string[] {
  const width = Math.min(nameWidth, Math.max(...devices.map(({ name }) => columns(name))))
  return devices.map(({ eventName, kind, name }) => {
    const shown = clip(name, width)
    const padding = ' '.repeat(width - columns(shown))
    return `  ${shown}${padding}  ${kind === 'other' ? 'keys' : kind}, ${eventName}`
  })
}

function countOf(devices: readonly Device[]): string {
  return devices.length === 1 ? '1 device' : `${devices.length} devices`
}

function deviceLabel({ name, eventName }: Device): string {
  return `${name} (${eventName})`
}
