import type { Advice } from '../capture/advice.ts'
import { reachText } from '../capture/reach.ts'
import { kindWords } from '../capture/words.ts'
import { clip, clipMiddle, columns } from '../devices/sanitize.ts'
import { keyId } from '../engine/codes.ts'
import type { WatchedNode } from './identify-model.ts'
import { type Grab, grabText } from './identify-report.ts'
import type { ScreenLine, Size } from './live-screen.ts'
import { wrap } from './wrap.ts'

/** What the screen of `evswitch identify` shows. */
export interface IdentifyView {
  readonly nodes: readonly WatchedNode[]
  readonly advice: Advice
  /** CLOCK_MONOTONIC. */
  readonly nowNs: bigint
  /** Names of keys instead of what a node sends. */
  readonly keys: boolean
  /** Events that were lost, because a device floods. */
  readonly lostEvents: number
  /** Nodes that cannot be watched. */
  readonly unwatched: number
  /** Nodes that were to be grabbed and could not be. */
  readonly ungrabbed: { readonly size: number }
  /** Everything is grabbed: how that ends. */
  readonly grab?: Grab | undefined
}

/** How long a row stays lit. */
const litNs = 500_000_000n
/** Lines besides table and advice: title, column names, the row for what is hidden, blanks, the end. */
const frameLines = 7
const fewestRows = 3

/** The screen, at most as large as the terminal. Marks, not colours, say what is going on. */
export function identifyScreen(view: IdentifyView, { rows, columns: width }: Size): ScreenLine[] {
  const advice = [...reachLines(view, width), ...adviceLines(view.advice, width)]
  const room = Math.max(fewestRows, rows - frameLines)
  const spare = Math.min(room >> 1, room - fewestRows)
  const adviceRoom = Math.min(advice.length, spare)
  const shown = fitting(view.nodes, room - adviceRoom)
  const hidden = hiddenText(view, shown)
  const lines: ScreenLine[] = [
    { text: 'Press a key on the keyboard you want, move the mouse you want.' },
    { text: '' },
    {
      text: row(width, [
        '',
        'node',
        'kind',
        'frames',
        'Hz',
        view.keys ? 'keys' : 'sends',
        'device',
      ]),
    },
    ...shown.map((node) => nodeLine(node, view, width)),
    ...(hidden === '' ? [] : [{ text: hidden }]),
    ...(adviceRoom > 0 ? [{ text: '' }] : []),
    ...cutAdvice(advice, adviceRoom).map((text) => ({ text })),
    { text: '' },
    {
      text:
        view.grab === undefined
          ? 'Ctrl+C ends and prints the command for what was found.'
          : grabText(view.grab),
    },
  ]
  return lines.map(({ text, ...rest }) => ({ text: clip(text, width), ...rest }))
}

function nodeLine(
  { device, activity }: WatchedNode,
  view: IdentifyView,
  width: number,
): ScreenLine {
  const { facts, lastNs, lastKeys } = activity
  const lit = lastNs !== undefined && view.nowNs - lastNs < litNs
  const sends = view.keys && lastKeys.length > 0 ? lastKeys.map(keyId) : facts.sends
  const text = row(width, [
    lit ? '*' : '',
    device.eventName,
    kindWords(device),
    facts.frames === 0 ? '-' : short(facts.frames),
    facts.rateHz === undefined ? '-' : short(facts.rateHz),
    sends.join(' '),
    device.name,
  ])
  return { text, lit }
}

const cells = [
  { width: 1 },
  { width: 8 },
  { width: 13 },
  { width: 6, right: true },
  { width: 5, right: true },
  { width: 18 },
] as const

/** The cells of a row; the last takes what is left. */
function row(width: number, texts: readonly string[]): string {
  const fixed = cells.map((cell, at) => {
    const text = clip(texts[at] ?? '', cell.width)
    const padding = ' '.repeat(cell.width - columns(text))
    return 'right' in cell ? padding + text : text + padding
  })
  const start = `${fixed.join(' ')}  `
  return `${start}${clipMiddle(texts[cells.length] ?? '', Math.max(0, width - columns(start)))}`.trimEnd()
}

/** Six columns at most: 123456, 1234k, 12M. */
function short(count: number): string {
  if (count < 100_000) return String(count)
  return count < 10_000_000 ? `${Math.floor(count / 1000)}k` : `${Math.floor(count / 1_000_000)}M`
}

/** Nodes that have spoken are always among them, as far as there is room. */
function fitting(nodes: readonly WatchedNode[], room: number): readonly WatchedNode[] {
  const importance = ({ device, activity }: WatchedNode) =>
    activity.facts.frames > 0 ? 0 : device.kind === 'other' || device.kind === 'switch' ? 2 : 1
  const chosen = new Set(
    [...nodes].sort((a, b) => importance(a) - importance(b)).slice(0, Math.max(0, room)),
  )
  return nodes.filter((node) => chosen.has(node))
}

function hiddenText(view: IdentifyView, shown: readonly WatchedNode[]): string {
  const hidden = view.nodes.filter((node) => !shown.includes(node))
  const silent = hidden.every(({ activity }) => activity.facts.frames === 0)
  const facts = [
    hidden.length > 0 ? `${counted(hidden.length, 'more node')}${silent ? ', silent' : ''}` : '',
    view.unwatched > 0 ? `${view.unwatched} not watched` : '',
    view.ungrabbed.size > 0 ? `${view.ungrabbed.size} not grabbed` : '',
    view.lostEvents > 0 ? `${counted(view.lostEvents, 'event')} lost (a flood)` : '',
  ].filter((fact) => fact !== '')
  return facts.length === 0 ? '' : `  ${facts.join('; ')}`
}

function adviceLines({ units }: Advice, width: number): string[] {
  return units.flatMap(({ name, take, reasons }) => {
    const what = take.length === 0 ? 'cannot be taken' : takeText(take.map((d) => d.eventName))
    const text = [`${clip(name, width >> 1)}: ${what}.`, ...reasons].join(' ')
    return wrap(text, width, '  ')
  })
}

/** Of the device that was used last: whether the keys that were pressed there reach a guest. */
function reachLines({ nodes, keys }: IdentifyView, width: number): string[] {
  if (!keys) return []
  const used = nodes.filter(({ activity }) => activity.lastKeys.length > 0)
  const last = used.reduce<WatchedNode | undefined>(
    (latest, node) =>
      (node.activity.lastNs ?? 0n) > (latest?.activity.lastNs ?? 0n) ? node : latest,
    undefined,
  )
  const pressed = [...new Set(last?.activity.lastKeys.toReversed())]
  return pressed.flatMap((code) => wrap(reachText(code), width, '  '))
}

function takeText(names: readonly string[]): string {
  return names.length === 1 ? `take ${names[0]}` : `take ${names.join(' ')} together`
}

function cutAdvice(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines]
  if (room === 0) return []
  return [...lines.slice(0, room - 1), '  ... all of it is printed at the end']
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
