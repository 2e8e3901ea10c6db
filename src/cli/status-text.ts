import type { Status } from '../control/protocol.ts'
import { clip, columns } from '../devices/sanitize.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { wrap } from './wrap.ts'

type Latency = Status['latency']['mouse']

/** What a person wants to see at a glance; lines without their ends. */
export function statusText(status: Status, now: Date, width: number): string[] {
  const { active, targets, devices, cloned, left, warnings } = status
  const since = duration(now.getTime() - Date.parse(status.activeSince))
  const lines = [
    `${active} has the input, for ${since}`,
    '',
    'Targets',
    ...table(targets.map((target) => targetRow(target, active, now))),
    '',
    `Devices, taken while a guest has the input: ${devices.length}`,
    ...table(devices.map(deviceRow)),
  ]
  if (cloned.length > 0) {
    lines.push('', `Cloned: ${cloned.length}`, ...table(cloned.map(deviceRow)))
  }
  if (left.length > 0) {
    const rows = left.map((device) => [...deviceRow(device), device.reason])
    lines.push('', `Left to this machine: ${left.length}`, ...table(rows))
  }
  lines.push('', ...latencyTable(status.latency))
  if (warnings.length > 0) {
    lines.push('', 'Warnings', ...warnings.flatMap((text) => indented(text, width)))
  }
  lines.push('', endLine(status, now))
  return lines.map((line) => clip(line, width))
}

function targetRow(target: Status['targets'][number], active: string, now: Date): string[] {
  const { name, consumed, consumedSince, nodes } = target
  const mark = name === active ? '*' : ' '
  if (name === hostTargetName) return [`${mark} ${name}`, 'this machine']
  if (target.screen) {
    const since = consumedSince && duration(now.getTime() - Date.parse(consumedSince))
    return [
      `${mark} ${name}`,
      since === undefined ? 'no computer is connected' : `a computer is connected, for ${since}`,
    ]
  }
  const what =
    consumedSince === undefined
      ? consumed
        ? 'a machine uses its nodes'
        : 'nobody uses its nodes'
      : `a machine uses its nodes, for ${duration(now.getTime() - Date.parse(consumedSince))}`
  return [`${mark} ${name}`, what, nodes[0] ?? '']
}

function deviceRow({ node, name, kind }: Status['devices'][number]): string[] {
  return [clip(name, 48), kind === 'other' ? 'keys' : kind, node.slice(node.lastIndexOf('/') + 1)]
}

function latencyTable({ mouse, key, switch: switches }: Status['latency']): string[] {
  const row = (title: string, { count, p50Ns, p99Ns, p999Ns, maxNs }: Latency) => [
    title,
    ...[p50Ns, p99Ns, p999Ns, maxNs].map(microseconds),
    String(count),
  ]
  const head = ['Latency', 'p50', 'p99', 'p99.9', 'max', 'count']
  const rows = [row('  motion', mouse), row('  keys', key), row('  switches', switches)]
  return [head, ...rows].map(
    ([title = '', ...cells]) => title.padEnd(10) + cells.map((cell) => cell.padStart(10)).join(''),
  )
}

function microseconds(ns: number | undefined): string {
  if (ns === undefined) return '-'
  const us = ns / 1000
  if (us >= 10_000) return `${(us / 1000).toFixed(0)} ms`
  return us >= 1000 ? `${(us / 1000).toFixed(1)} ms` : `${us.toFixed(us < 10 ? 1 : 0)} us`
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line) => `  ${line}`)
}

/** Cells in columns, the last as it is. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => columns(row[column] ?? ''))),
  )
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === row.length - 1
        ? cell
        : cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columns(cell))),
    )
    return `  ${cells.join('  ')}`.trimEnd()
  })
}

function endLine({ evswitch, pid, startedAt, config }: Status, now: Date): string {
  const runs = duration(now.getTime() - Date.parse(startedAt))
  const file = config === undefined ? 'no configuration file' : config
  return `evswitch ${evswitch}, process ${pid}, runs for ${runs}, ${file}`
}

/** '5 s', '3 min', '2 h 5 min', '4 d 3 h'. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const two = (large: string, small: number, unit: string) =>
    small === 0 ? large : `${large} ${small} ${unit}`
  if (minutes === 0) return `${seconds} s`
  if (hours === 0) return `${minutes} min`
  return days === 0 ? two(`${hours} h`, minutes % 60, 'min') : two(`${days} d`, hours % 24, 'h')
}
