/**
 * Scripts of the simulation, as native/sim/play.c reads them: a byte that sets the stage, then steps, each
 * a byte that says what happens and bytes that say on what.
 */

type Argument = 'device' | 'key' | 'target' | 'byte'

/** In the order of `enum step` in play.c, with how often a random script has each. */
const steps = [
  { name: 'press', takes: ['device', 'key'], weight: 26 },
  { name: 'lift', takes: ['device', 'key'], weight: 16 },
  { name: 'tick', takes: ['device'], weight: 6 },
  { name: 'move', takes: ['device', 'byte'], weight: 2 },
  { name: 'wheel', takes: ['device', 'byte'], weight: 2 },
  { name: 'read all', takes: [], weight: 18 },
  { name: 'read some', takes: ['device', 'byte'], weight: 8 },
  { name: 'ungrab effect', takes: [], weight: 4 },
  { name: 'ungrab return', takes: [], weight: 6 },
  { name: 'switch', takes: ['target'], weight: 8 },
  { name: 'panic', takes: [], weight: 1 },
  { name: 'consume', takes: ['byte'], weight: 3 },
  { name: 'ask', takes: [], weight: 2 },
  { name: 'unplug', takes: ['device'], weight: 2 },
  { name: 'plug', takes: ['device'], weight: 3 },
  { name: 'remove', takes: ['device'], weight: 2 },
  { name: 'overrun', takes: ['device'], weight: 3 },
  { name: 'arm', takes: ['device', 'key', 'byte'], weight: 4 },
  { name: 'consumer led', takes: ['byte'], weight: 1 },
  { name: 'host led', takes: ['device', 'byte'], weight: 1 },
  { name: 'chord', takes: ['device', 'device'], weight: 4 },
  { name: 'panic chord', takes: ['device', 'device', 'device'], weight: 1 },
  { name: 'settle', takes: [], weight: 5 },
] as const satisfies readonly { name: string; takes: readonly Argument[]; weight: number }[]

/** The names of the steps in the order of their numbers, as play.c spells them without STEP_. */
export const stepNames = steps.map(({ name }) => name.toUpperCase().replaceAll(' ', '_'))

/** In the order of `codes` in play.c. */
export const keyNames = [
  ...['leftctrl', 'rightctrl', 'esc', 'a', 'b', 'leftshift', 'rightshift', 'volumeup'],
  ...['left', 'right', 'side', 'back', 'forward', 'extra', 'enter', 'macro1'],
]

const deviceNames = ['usb keyboard', 'ps2 keyboard', 'ps2 mouse', 'usb mouse']

/** One step: its number and its arguments, each as play.c reads it. */
export interface Step {
  readonly step: number
  readonly args: readonly number[]
}

/** Which step a number below 128 stands for: each as often as its weight says. */
const byWeight = steps.flatMap(({ weight }, step) => Array<number>(weight).fill(step))

/** A number below this stands for a step with all its arguments; 0 is the simplest. */
export const stepNumbers = 2 ** 31

export function stepOf(number: number): Step {
  const step = byWeight[(number + readAll) % byWeight.length] ?? readAll
  let rest = Math.floor(number / byWeight.length)
  const args = steps[step]?.takes.map((argument) => {
    const choices = { device: 4, key: keyNames.length, target: 3, byte: 256 }[argument]
    const value = rest % choices
    rest = Math.floor(rest / choices)
    return value
  })
  return { step, args: args ?? [] }
}

const readAll = byWeight.indexOf(steps.findIndex(({ name }) => name === 'read all'))

/** How many different stages there are: `enum stage_bit` in play.c. */
export const stageNumbers = 8

const stageBits = [
  ['released host', 'proxied host'],
  ['', 'read-only keyboard'],
  ['', 'another hotkey'],
]

/** The bytes of a script. */
export function encode(stage: number, script: readonly Step[]): Uint8Array {
  const bytes = [stage]
  for (const { step, args } of script) bytes.push(step, ...args)
  return Uint8Array.from(bytes)
}

/** A script in words, one line for each step. */
export function describeScript(stage: number, script: readonly Step[]): string {
  const lines = script.map(({ step, args }) => describeStep(step, args))
  const setting = stageBits.map((words, bit) => words[(stage >> bit) & 1]).filter(Boolean)
  return [setting.join(', '), ...lines].join('\n')
}

function describeStep(step: number, args: readonly number[]): string {
  const kind = steps[step]
  if (kind === undefined) return `step ${step}`
  const words = kind.takes.map((argument, index) => {
    const value = args[index] ?? 0
    if (argument === 'device') return deviceNames[value]
    return argument === 'key' ? keyNames[value] : value
  })
  return [kind.name, ...words].join(' ')
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
