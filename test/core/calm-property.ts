import fc from 'fast-check'
import { parseKey } from '../../src/engine/codes.ts'
import type { GrabToggle, Role } from '../../src/engine/types.ts'
import { sourceFlags } from '../../src/native/abi.ts'
import { type SimApi, simDrivers } from '../../src/native/sim.ts'
import { type Device, World } from '../scenarios/world.ts'
import { CalmModel, type ModelHotkey } from './calm-model.ts'

export interface CalmHunt {
  readonly seed: number
  readonly scripts: number
  readonly steps: number
  /** The shortest script found on which core and model differ, in words; undefined when there is none. */
  readonly failure: string | undefined
}

const keys = [
  ...['leftctrl', 'rightctrl', 'esc', 'a', 'b', 'leftshift', 'rightshift', 'enter', 'volumeup'],
  ...['btn_left', 'btn_right', 'btn_side', 'btn_back', 'btn_forward', 'btn_extra'],
].map((name) => ({ name, code: parseKey(name) }))

const hotkeys: readonly ModelHotkey[] = [
  { keys: ['leftctrl', 'rightctrl'].map(parseKey), action: 'next' },
  { keys: ['leftctrl', 'rightctrl', 'esc'].map(parseKey), action: 'panic' },
  { keys: ['leftshift', 'enter'].map(parseKey), action: 'previous' },
]

const guests: readonly { name: string; grabToggle: GrabToggle; toggle: readonly number[] }[] = [
  { name: 'one', grabToggle: 'ctrl-ctrl', toggle: ['leftctrl', 'rightctrl'].map(parseKey) },
  { name: 'two', grabToggle: 'shift-shift', toggle: ['leftshift', 'rightshift'].map(parseKey) },
]

const { KEYS, REPEATS, BUTTONS, MOTION } = sourceFlags
const devices = [
  { name: 'kbd', flags: KEYS | REPEATS },
  { name: 'kbd2', flags: KEYS | REPEATS },
  { name: 'mouse', flags: BUTTONS | MOTION },
]
const roles: readonly Role[] = ['keyboard', 'mouse']

/** One thing that happens, to both; with its words. */
interface Deed {
  readonly text: string
  readonly run: (stage: Stage) => void
}

interface Stage {
  readonly world: World
  readonly model: CalmModel
  readonly pairs: readonly { device: Device; model: CalmModel['devices'][number] }[]
}

function deed(text: string, run: Deed['run']): Deed {
  return { text, run }
}

const anyDevice = fc.nat(devices.length - 1)
const anyKey = fc.constantFrom(...keys)
const anyGuest = fc.nat(guests.length - 1)

function withDevice(index: number, run: (pair: Stage['pairs'][number], stage: Stage) => void) {
  return (stage: Stage) => {
    const pair = stage.pairs[index]
    if (pair) run(pair, stage)
  }
}

const press = fc.tuple(anyDevice, anyKey).map(([index, { name, code }]) =>
  deed(
    `${devices[index]?.name} presses ${name}`,
    withDevice(index, ({ device, model }, stage) => {
      stage.world.finger(device, code, true)
      stage.model.press(model, code)
    }),
  ),
)

const lift = fc.tuple(anyDevice, anyKey).map(([index, { name, code }]) =>
  deed(
    `${devices[index]?.name} lifts ${name}`,
    withDevice(index, ({ device, model }, stage) => {
      stage.world.finger(device, code, false)
      stage.model.lift(model, code)
    }),
  ),
)

const repeat = anyDevice.map((index) =>
  deed(
    `${devices[index]?.name} repeats`,
    withDevice(index, ({ device, model }, stage) => {
      stage.world.tick(device)
      stage.model.repeat(model)
    }),
  ),
)

const move = fc
  .tuple(
    anyDevice,
    fc.constantFrom('x' as const, 'wheel' as const),
    fc.integer({ min: -40, max: 40 }),
  )
  .map(([index, axis, value]) =>
    deed(
      `${devices[index]?.name} ${axis === 'x' ? 'moves' : 'turns'} ${axis} ${value}`,
      withDevice(index, ({ device, model }, stage) => {
        stage.world.move(device, axis === 'x' ? 0 : 8, value)
        stage.model.move(model, axis, value)
      }),
    ),
  )

const plug = fc.tuple(anyDevice, fc.boolean()).map(([index, isIn]) =>
  deed(
    `${devices[index]?.name} is ${isIn ? 'plugged in' : 'unplugged'}`,
    withDevice(index, ({ device, model }, stage) => {
      if (isIn === model.isPlugged) return
      if (isIn) stage.world.plugIn(device)
      else stage.world.unplug(device)
      if (isIn) stage.model.plugIn(model)
      else stage.model.unplug(model)
    }),
  ),
)

const switchTo = fc.nat(guests.length).map((target) =>
  deed(`switch to ${['host', ...guests.map(({ name }) => name)][target]}`, ({ world, model }) => {
    world.switchTo(target)
    model.switchTo(target)
  }),
)

const consume = fc
  .tuple(anyGuest, fc.constantFrom(...roles), fc.boolean())
  .map(([guest, role, isOn]) =>
    deed(`${guests[guest]?.name} ${isOn ? 'opens' : 'closes'} its ${role}`, ({ world, model }) => {
      world.consume(guest + 1, role, isOn)
      const target = model.targets[guest + 1]
      if (target) target.consumed[role] = isOn
    }),
  )

const panic = fc.constant(
  deed('panic', ({ world, model }) => {
    world.panic()
    model.panic()
  }),
)

const ask = fc.constant(
  deed('ask for consumers', ({ world, model }) => {
    world.askPresence()
    model.askPresence()
  }),
)

const anyDeed = fc.oneof(
  { weight: 12, arbitrary: press },
  { weight: 9, arbitrary: lift },
  { weight: 3, arbitrary: switchTo },
  { weight: 2, arbitrary: repeat },
  { weight: 2, arbitrary: move },
  { weight: 1, arbitrary: consume },
  { weight: 1, arbitrary: ask },
  { weight: 1, arbitrary: plug },
  { weight: 1, arbitrary: panic },
)

const scripts = fc.record({
  isProxied: fc.boolean(),
  deeds: fc.array(anyDeed, { maxLength: 60, size: 'max' }),
})

/** Plays random scripts on the core and on the model, until one shows them different or `runs` have not. */
export function huntCalmly(api: SimApi, seed: number, runs: number): CalmHunt {
  let steps = 0
  let played = 0
  const property = fc.property(scripts, ({ isProxied, deeds }) => {
    played++
    const stage = newStage(api, isProxied)
    try {
      for (const [index, { run }] of deeds.entries()) {
        run(stage)
        steps++
        const difference = differenceOf(stage)
        if (difference === undefined) continue
        const told = deeds.slice(0, index + 1).map((each) => each.text)
        throw new Error(
          [isProxied ? 'host is proxied' : '', ...told, difference].filter(Boolean).join('\n'),
        )
      }
    } finally {
      stage.world.close()
    }
  })
  const details = fc.check(property, { seed, numRuns: runs })
  const failure = details.failed ? (details.errorInstance as Error).message : undefined
  return { seed, scripts: details.failed ? details.numRuns : played, steps, failure }
}

function newStage(api: SimApi, isProxied: boolean): Stage {
  const world = new World(isProxied, api)
  for (const { name, grabToggle } of guests) {
    world.addTarget({ name, grabToggle }, roles)
    for (const role of roles) world.consume(world.target(name), role, true)
  }
  for (const { keys: hotkeyKeys, action } of hotkeys) {
    world.addHotkey({ keys: hotkeyKeys, action: { kind: action } })
  }
  for (const { name, flags } of devices) world.addDevice(name, flags, simDrivers.USB)
  const model = new CalmModel(
    isProxied,
    guests.map(({ toggle }) => toggle),
    devices.map(({ flags }) => (flags & REPEATS) !== 0),
    hotkeys,
  )
  const pairs = devices.flatMap(({ name }, index) => {
    const modelled = model.devices[index]
    return modelled ? [{ device: world.device(name), model: modelled }] : []
  })
  return { world, model, pairs }
}

/** What the core did that the model did not, or the other way round. */
function differenceOf({ world, model, pairs }: Stage): string | undefined {
  const rule = world.brokenRule()
  if (rule !== undefined) return `it breaks ${rule}`
  if (world.activeId() !== model.active) {
    return `active is ${world.active()}, not target ${model.active}`
  }
  for (const [index, { seen }] of model.targets.entries()) {
    const found = world.seenBy(index)
    for (const role of roles) {
      const difference = compare(`the ${role} of target ${index}`, found[role], seen[role])
      if (difference) return difference
    }
  }
  for (const { device, model: modelled } of pairs) {
    if (!modelled.isPlugged) continue
    const found = world.seenByHost(device)
    const difference = compare(`${device.name} on the host`, found, modelled.seenByHost)
    if (difference) return difference
  }
  return undefined
}

/** Compares, and forgets what was expected. */
function compare(who: string, found: readonly string[], expected: string[]): string | undefined {
  const wanted = expected.splice(0).join(', ')
  const text = found.join(', ')
  return text === wanted ? undefined : `${who} saw ${text || 'nothing'}, not ${wanted || 'nothing'}`
}
