import { codes } from '../../src/engine/code-table.ts'
import { parseKey } from '../../src/engine/codes.ts'
import { parseHotkey } from '../../src/engine/hotkey.ts'
import type { GrabToggle, HotkeyAction, Role, TargetOptions } from '../../src/engine/types.ts'
import { sourceFlags } from '../../src/native/abi.ts'
import { simDrivers } from '../../src/native/sim.ts'
import { lampNames } from './frames.ts'
import type { Device, World } from './world.ts'

/** What the words of a sentence stand for, by the name of their place. */
type Words = Readonly<Record<string, string>>

interface Sentence {
  readonly text: string
  readonly pattern: RegExp
  readonly run: (world: World, words: Words) => void
}

/** Places for more than one word. */
const wide = new Set(['frames', 'keys', 'records', 'lamps', 'options', 'line'])

/**
 * The language of scenarios: every sentence there is, and what it does. `{place}` stands for words (those
 * that follow it, where only they may stand there), `[...]` for what may be left out. test/scenarios/README.md explains it.
 */
const sentences: readonly Sentence[] = [
  // ---- the stage
  sentence('device {name} {driver} {kind}[, {options}]', (world, words) => {
    const driver = oneOf(words, 'driver', { usb: simDrivers.USB, ps2: simDrivers.PS2 })
    world.addDevice(word(words, 'name'), deviceFlags(words), driver)
  }),
  sentence('target {name}[, {options}]', (world, words) => {
    const { options, nodes } = targetOptions(words)
    world.addTarget(options, nodes)
  }),
  sentence('hotkey {keys}: {action}', (world, words) => {
    const action = hotkeyAction(world, word(words, 'action'))
    world.addHotkey({ keys: parseHotkey(word(words, 'keys')), action })
  }),

  sentence('host has nodes', (world) => world.addHostNodes()),

  // ---- maps
  sentence('no map', (world) => world.clearMap()),
  sentence('map {line}; of {device}; on {target}', addMap),
  sentence('map {line}; of {device}', addMap),
  sentence('map {line}; on {target}', addMap),
  sentence('map {line}', addMap),
  sentence('{ms} ms pass', (world, words) => world.wait(numberOf(words, 'ms'))),

  // ---- fingers
  sentence('{device} presses {keys}', (world, words) => {
    const device = deviceOf(world, words)
    for (const code of keysOf(words)) world.finger(device, code, true)
  }),
  sentence('{device} lifts {keys}', (world, words) => {
    const device = deviceOf(world, words)
    for (const code of keysOf(words)) world.finger(device, code, false)
  }),
  sentence('{device} taps {keys}', (world, words) => {
    const device = deviceOf(world, words)
    const keys = keysOf(words)
    for (const code of keys) world.finger(device, code, true)
    for (const code of keys.reverse()) world.finger(device, code, false)
  }),
  sentence('{device} repeats', (world, words) => world.tick(deviceOf(world, words))),
  sentence('{device} moves {axis} {value}', (world, words) => {
    const axis = oneOf(words, 'axis', { x: codes.REL_X, y: codes.REL_Y })
    world.move(deviceOf(world, words), axis, numberOf(words, 'value'))
  }),
  sentence('{device} turns {wheel} {value}', (world, words) => {
    const wheel = oneOf(words, 'wheel', {
      wheel: codes.REL_WHEEL,
      hwheel: codes.REL_HWHEEL,
      wheel_hi_res: codes.REL_WHEEL_HI_RES,
    })
    world.move(deviceOf(world, words), wheel, numberOf(words, 'value'))
  }),
  sentence('{calls} calls later {device} {verb presses lifts} {key}', (world, words) => {
    const isDown = oneOf(words, 'verb', { presses: true, lifts: false })
    const code = parseKey(word(words, 'key'))
    world.fingerLater(numberOf(words, 'calls'), deviceOf(world, words), code, isDown)
  }),

  // ---- devices
  sentence('{device} is unplugged', (world, words) => world.unplug(deviceOf(world, words))),
  sentence('{device} is plugged in', (world, words) => world.plugIn(deviceOf(world, words))),
  sentence('{device} is removed', (world, words) => world.remove(deviceOf(world, words))),
  sentence('{device} overruns', (world, words) => world.overrun(deviceOf(world, words))),

  // ---- commands and consumers
  sentence('switch to {target}', (world, words) => {
    if (world.switchTo(targetOf(world, words)) < 0) throw new Error('the switch was refused')
  }),
  sentence('switch to {target} is refused', (world, words) => {
    if (world.switchTo(targetOf(world, words)) >= 0) throw new Error('the switch was made')
  }),
  sentence('switch to the {direction next previous} target', (world, words) => {
    if (world.switchBy(word(words, 'direction') === 'next') < 0) {
      throw new Error('the switch was refused')
    }
  }),
  sentence('pin {device} to {target}', (world, words) => {
    world.pin(deviceOf(world, words), targetOf(world, words))
  }),
  sentence('unpin {device}', (world, words) => world.pin(deviceOf(world, words), undefined)),
  sentence('remove {target}', (world, words) => {
    if (world.removeTarget(word(words, 'target')) < 0) throw new Error('it was refused')
  }),
  sentence('removing {target} is refused', (world, words) => {
    if (world.removeTarget(word(words, 'target')) >= 0) throw new Error('it was removed')
  }),
  sentence('change {name} to {options}', (world, words) => {
    world.updateTarget(targetOptions(words).options)
  }),
  sentence('repair {target}', (world, words) => {
    let left: number
    do left = world.repairTarget(targetOf(world, words))
    while (left > 0)
    if (left < 0) throw new Error('it was refused')
  }),
  sentence('a step of the repair of {target}', (world, words) => {
    if (world.repairTarget(targetOf(world, words)) < 0) throw new Error('it was refused')
  }),
  sentence('repairing {target} is refused', (world, words) => {
    if (world.repairTarget(targetOf(world, words)) >= 0) throw new Error('it was repaired')
  }),
  sentence('the indicator is {state on off}', (world, words) => {
    world.setIndicator(word(words, 'state') === 'on')
  }),
  sentence('the machine sleeps', (world) => world.sleep()),
  sentence('the engine is killed and started', (world) => world.restart()),
  sentence('panic', (world) => world.panic()),
  sentence('stop', (world) => world.stop()),
  sentence('ask for consumers', (world) => world.askPresence()),
  sentence('{target} {verb opens closes} its {nodes}', (world, words) => {
    const isOn = oneOf(words, 'verb', { opens: true, closes: false })
    const all: Record<string, readonly Role[]> = {
      nodes: ['keyboard', 'mouse'],
      keyboard: ['keyboard'],
      mouse: ['mouse'],
    }
    for (const role of oneOf(words, 'nodes', all)) {
      world.consume(targetOf(world, words), role, isOn)
    }
  }),
  sentence('host {verb lights darkens} {lamp} of {device}', (world, words) => {
    const isLit = oneOf(words, 'verb', { lights: true, darkens: false })
    world.hostLed(deviceOf(world, words), lampOf(word(words, 'lamp')), isLit)
  }),
  sentence('{target} {verb lights darkens} {lamp}', (world, words) => {
    const isLit = oneOf(words, 'verb', { lights: true, darkens: false })
    world.consumerLed(targetOf(world, words), lampOf(word(words, 'lamp')), isLit)
  }),

  // ---- what takes its time
  sentence('engine is busy', (world) => {
    world.engineIsBusy = true
  }),
  sentence('engine reads {count} events of {device}', (world, words) =>
    world.read(deviceOf(world, words), numberOf(words, 'count')),
  ),
  sentence('engine reads on', (world) => {
    world.engineIsBusy = false
    world.flow()
  }),
  sentence('ungrabs are slow', (world) => {
    world.ungrabsAreSlow = true
  }),
  sentence('an ungrab takes effect', (world) => {
    if (!world.ungrabTakesEffect()) throw new Error('no ungrab is under way')
  }),
  sentence('an ungrab returns', (world) => {
    if (!world.ungrabReturns()) throw new Error('no ungrab is under way')
  }),

  // ---- looks
  sentence("host's nodes see {frames}", (world, words) => {
    expectNodes(world, 0, word(words, 'frames'))
  }),
  sentence('host sees {device} {frames}', (world, words) => {
    expectSame(word(words, 'frames'), world.seenByHost(deviceOf(world, words)))
  }),
  sentence('{target} sees {frames}', (world, words) => {
    const target = targetOf(world, words)
    if (target === 0) expectHostSees(world, word(words, 'frames'))
    else expectNodes(world, target, word(words, 'frames'))
  }),
  sentence('active is {target}', (world, words) => {
    expectText(word(words, 'target'), world.active())
  }),
  sentence('{device} is grabbed', (world, words) => {
    if (!world.isGrabbed(deviceOf(world, words))) throw new Error('it is not')
  }),
  sentence('{device} is not grabbed', (world, words) => {
    if (world.isGrabbed(deviceOf(world, words))) throw new Error('it is')
  }),
  sentence('{device} shows {lamps}', (world, words) => {
    const wanted = word(words, 'lamps')
    expectText(wanted, lampsText(world.lamps(deviceOf(world, words))))
  }),
  sentence('service hears {records}', (world, words) => {
    const heard = world.heard()
    let from = 0
    for (const record of word(words, 'records').split(', ')) {
      const at = heard.indexOf(record, from)
      if (at < 0) throw new Error(`it heard ${heard.join(', ') || 'nothing'}`)
      from = at + 1
    }
  }),
]

/** Says one sentence; throws when it is none, or does not hold. */
export function say(world: World, text: string): void {
  for (const { pattern, run } of sentences) {
    const match = pattern.exec(text)
    if (match === null || !fits(world, match.groups ?? {})) continue
    run(world, match.groups ?? {})
    return
  }
  throw new Error(`this is no sentence of the language: ${text}${suggestion(text)}`)
}

export const sentenceTexts = sentences.map(({ text }) => text)

// ---- sentences

function sentence(text: string, run: Sentence['run']): Sentence {
  const pattern = text
    .replace(/[.*+?^$()\\]/g, '\\$&')
    .replace(/\[(.*?)\]/g, '(?:$1)?')
    .replace(/\{(\w+)(?: ([^}]*))?\}/g, (_, place: string, words?: string) => {
      return `(?<${place}>${words?.replaceAll(' ', '|') ?? (wide.has(place) ? '.+' : '[\\w.+-]+')})`
    })
  return { text, pattern: new RegExp(`^${pattern}$`), run }
}

/** Two sentences may look alike: `host sees kbd a down` and `host sees a down` tell apart by names. */
function fits(world: World, words: Words): boolean {
  const { device, frames, line } = words
  if (line !== undefined && /; (of|on) \w+$/.test(line)) return false
  return device === undefined || frames === undefined || world.isDevice(device)
}

function suggestion(text: string): string {
  const words = new Set(text.split(' '))
  const alike = sentenceTexts.filter((each) =>
    each.split(' ').some((part) => words.has(part) && part.length > 1),
  )
  return alike.length > 0 ? `; there is: ${alike.join(' | ')}` : ''
}

function word(words: Words, place: string): string {
  return words[place] ?? ''
}

function numberOf(words: Words, place: string): number {
  const value = Number(word(words, place))
  if (!Number.isInteger(value)) throw new Error(`${word(words, place)} is no number`)
  return value
}

function oneOf<Value>(words: Words, place: string, values: Readonly<Record<string, Value>>): Value {
  const value = values[word(words, place)]
  if (value === undefined) {
    throw new Error(`${word(words, place)} is none of ${Object.keys(values).join(', ')}`)
  }
  return value
}

function deviceOf(world: World, words: Words): Device {
  return world.device(word(words, 'device'))
}

function targetOf(world: World, words: Words): number {
  return world.target(word(words, 'target'))
}

function keysOf(words: Words): number[] {
  return word(words, 'keys').split(', ').map(parseKey)
}

// ---- options

/** A line of a `[[map]]`, as it stands in a configuration: `keys.btn_side = "leftctrl+c"`. */
function addMap(world: World, words: Words): void {
  const { device, target } = words
  world.addMap(word(words, 'line'), device, target)
}

function optionsOf(words: Words): string[] {
  return word(words, 'options').split(', ').filter(Boolean)
}

function deviceFlags(words: Words): number {
  const { KEYS, REPEATS, LEDS, BUTTONS, MOTION, READ_ONLY } = sourceFlags
  let flags = oneOf(words, 'kind', {
    keyboard: KEYS | REPEATS | LEDS,
    mouse: BUTTONS | MOTION,
  })
  for (const option of optionsOf(words)) {
    if (option === 'read-only') flags |= READ_ONLY
    else if (option === 'without lamps') flags &= ~LEDS
    else if (option === 'with keys') flags |= KEYS
    else throw new Error(`a device cannot be ${option}`)
  }
  return flags
}

function targetOptions(words: Words): { options: TargetOptions; nodes: readonly Role[] } {
  let options: TargetOptions = { name: word(words, 'name') }
  let nodes: readonly Role[] = ['keyboard', 'mouse']
  for (const option of optionsOf(words)) {
    const toggle = /^toggle (.*)$/.exec(option)?.[1]
    const rate = /^max-rate (\d+)$/.exec(option)?.[1]
    if (toggle !== undefined) options = { ...options, grabToggle: toggle as GrabToggle }
    else if (option === 'without repeats') options = { ...options, repeat: false }
    else if (option === 'profile windows-virtio')
      options = { ...options, profile: 'windows-virtio' }
    else if (rate !== undefined) options = { ...options, maxRate: Number(rate) }
    else if (option === 'profile host') options = { ...options, profile: 'host' }
    else if (option === 'swallows') options = { ...options, swallows: true }
    else if (option === 'keyboard only') nodes = ['keyboard']
    else if (option === 'mouse only') nodes = ['mouse']
    else if (option === 'no nodes') nodes = []
    else throw new Error(`a target cannot be ${option}`)
  }
  return { options, nodes }
}

function hotkeyAction(world: World, text: string): HotkeyAction {
  if (text === 'next' || text === 'previous' || text === 'panic' || text === 'lock') {
    return { kind: text }
  }
  const hook = /^hook-(\d+)$/.exec(text)?.[1]
  if (hook !== undefined) return { kind: 'hook', hook: Number(hook) }
  world.target(text)
  return { kind: 'target', target: text }
}

// ---- lamps

function lampOf(name: string): number {
  const lamp = lampNames.indexOf(name)
  if (lamp < 0) throw new Error(`${name} is none of ${lampNames.join(', ')}`)
  return lamp
}

function lampsText(lamps: number): string {
  return lampNames.filter((_, lamp) => (lamps >> lamp) & 1).join(', ') || 'no lamp'
}

// ---- comparing

function expectText(wanted: string, found: string): void {
  if (found !== wanted) throw new Error(`it is ${found}`)
}

/** `nothing`, or frames joined by commas. */
function expectSame(wanted: string, found: readonly string[]): void {
  const text = found.join(', ') || 'nothing'
  if (text !== wanted) throw new Error(`it saw ${text}`)
}

/** Which node a frame goes to is told by its first event. */
function roleOf(frame: string): Role {
  return /^(btn_|[xy] -?\d|h?wheel)/.test(frame) ? 'mouse' : 'keyboard'
}

function expectNodes(world: World, target: number, wanted: string): void {
  const frames = wanted === 'nothing' ? [] : wanted.split(', ')
  const seen = world.seenBy(target)
  const failures = (['keyboard', 'mouse'] as const).flatMap((role) => {
    const expected = frames.filter((frame) => roleOf(frame) === role).join(', ')
    const found = seen[role].join(', ')
    return found === expected ? [] : [`its ${role} saw ${found || 'nothing'}`]
  })
  if (failures.length > 0) throw new Error(failures.join(', and '))
}

/** The host itself: its nodes where it is proxied, and otherwise every device. */
function expectHostSees(world: World, wanted: string): void {
  if (world.isProxied) {
    expectNodes(world, 0, wanted)
    return
  }
  if (wanted !== 'nothing') throw new Error('of which device? write: host sees DEVICE FRAMES')
  const seen = world.deviceNames.flatMap((name) => world.seenByHost(world.device(name)))
  expectSame(wanted, seen)
}
