import type { Advice } from '../capture/advice.ts'
import { type CaptureStart, leftText } from '../capture/capture.ts'
import { sourceEntry } from '../capture/source-entries.ts'
import { kindWords } from '../capture/words.ts'
import type { Device } from '../devices/device.ts'
import { type NodeUser, usersText } from '../devices/users.ts'
import { shellQuote } from '../guests/qemu.ts'
import type { Finding, WatchedNode } from './identify-model.ts'
import { wrap } from './wrap.ts'

/** A device that another program has for itself: nothing of it can be seen. */
export interface HeldDevice {
  readonly device: Device
  readonly users: readonly NodeUser[]
}

/** Everything that was found, for the end. */
export interface IdentifyResult {
  readonly nodes: readonly WatchedNode[]
  readonly advice: Advice
  readonly held: readonly HeldDevice[]
  /** Could not be grabbed, with the errno. */
  readonly ungrabbed: ReadonlyMap<Device, string>
  readonly lostEvents: number
}

/** What `--grab` means here. */
export interface Grab {
  /** What gives everything back, for people. */
  readonly chords: string
  readonly seconds: number
}

/** What is said at the start when there is no live screen. */
export function listeningText(
  start: CaptureStart,
  held: readonly HeldDevice[],
  grab?: Grab,
): string[] {
  const count = start.watched.length
  return [
    `Watching ${count} ${count === 1 ? 'node' : 'nodes'}: press a key on the keyboard you want, move the mouse you want.`,
    ...(grab === undefined ? [] : [grabText(grab)]),
    ...unwatchedText(start),
    ...held.map(heldText),
  ]
}

/** How a grab ends; 80 columns at most. */
export function grabText({ chords, seconds }: Grab): string {
  return `Grabbed for ${seconds} s. ${chords}, ends it at once.`
}

/** Nodes that are not watched, with their reasons. */
export function unwatchedText({ left, skipped }: CaptureStart): string[] {
  return [...left.map(leftText), ...skipped.map(({ node, reason }) => `${node}: ${reason}`)]
}

/** One line for what happens. */
export function findingText(finding: Finding): string {
  const { device } = finding
  switch (finding.kind) {
    case 'speaks':
      return `${device.eventName} sends ${finding.sends.join(', ')}  (${kindWords(device)}, ${device.name})`
    case 'arrived':
      return `+ ${device.eventName}  (${kindWords(device)}, ${device.name})`
    case 'not-grabbed':
      return ungrabbedText(device, finding.error)
    case 'departed':
      return `- ${device.eventName}  (${kindWords(device)}, ${device.name})`
  }
}

/** The end for people: what to take and why, the command, the configuration. */
export function resultText(result: IdentifyResult, width: number): string[] {
  const { advice, held, ungrabbed, lostEvents } = result
  const lines = advice.units.flatMap(({ name, reasons }) => [
    ...wrap(name, width),
    ...reasons.flatMap((reason) => wrap(`  ${reason}`, width, '  ')),
    '',
  ])
  if (advice.take.length > 0) {
    const names = advice.take.map(({ eventName }) => eventName)
    lines.push(
      `${names.length === 1 ? 'Take' : 'Take together'}: ${names.join(' ')}`,
      '',
      ...runCommandText(advice.take).map((line) => `  ${line}`),
      '',
      'The same for a configuration file:',
      '',
      ...advice.take.flatMap((device) => [...sourceEntry(device).map((line) => `  ${line}`), '']),
    )
  } else if (advice.units.length === 0) {
    lines.push('No key was pressed and nothing moved.')
  }
  lines.push(...held.flatMap((one) => wrap(heldText(one), width)))
  for (const [device, error] of ungrabbed) lines.push(...wrap(ungrabbedText(device, error), width))
  if (lostEvents > 0) {
    lines.push(
      ...wrap(`${lostEvents} events were lost: a device sends more than can be read.`, width),
    )
  }
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** `evswitch run` with the devices by names that last, in lines for a shell. */
function runCommandText(devices: readonly Device[]): string[] {
  const options = devices.map(({ identity }) => `  --device ${shellQuote(identity)}`)
  return ['evswitch run', ...options].map((line, at) => (at < options.length ? `${line} \\` : line))
}

function heldText({ device, users }: HeldDevice): string {
  const who = users.length === 0 ? 'another program' : usersText(users)
  return `${device.eventName} (${device.name}) is held by ${who}: nothing of it can be seen here.`
}

function ungrabbedText({ eventName, name }: Device, error: string): string {
  return `${eventName} (${name}) cannot be grabbed (${error}): what is done there reaches others, too.`
}

/** The end on one line, where there is no room for reasons. */
export function takenText(devices: readonly Device[], file: string): string {
  const names = devices.map(({ eventName }) => eventName)
  return names.length === 0
    ? `${file} has these devices already; nothing was added.`
    : `Added to ${file}: ${names.join(' ')}`
}

/** Lines of `--json` at the start. */
export function startedJson(start: CaptureStart, held: readonly HeldDevice[], grab?: Grab): object {
  return {
    event: 'started',
    grab: grab !== undefined,
    devices: start.watched.map(deviceJson),
    left: [
      ...start.left.map(({ device, error }) => ({ node: device.node, reason: error.code })),
      ...start.skipped,
    ],
    held: held.map(({ device, users }) => ({ node: device.node, users })),
  }
}

export function findingJson(finding: Finding): object {
  const { kind, device, ...rest } = finding
  return { event: kind, ...deviceJson(device), ...rest }
}

/** Lines of `--json` at the end. */
export function resultJson({ nodes, advice, lostEvents }: IdentifyResult): object[] {
  return [
    ...nodes.flatMap(({ device, activity }) => {
      const { frames, sends, rateHz, onlyInterrupt } = activity.facts
      if (frames === 0) return []
      return [{ event: 'used', ...deviceJson(device), frames, sends, rateHz, onlyInterrupt }]
    }),
    ...advice.units.map(({ name, take, reasons }) => ({
      event: 'advice',
      name,
      take: take.map(({ node }) => node),
      reasons,
    })),
    {
      event: 'result',
      take: advice.take.map(deviceJson),
      command: [
        'evswitch',
        'run',
        ...advice.take.flatMap(({ identity }) => ['--device', identity]),
      ],
      toml: advice.take.map((device) => `${sourceEntry(device).join('\n')}\n`).join('\n'),
      lostEvents,
    },
  ]
}

function deviceJson({ node, name, kind, identity, unit, usb }: Device): object {
  return { node, name, kind, identity, unit, pollRateHz: usb?.pollRateHz }
}
