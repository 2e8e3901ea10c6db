import { hiResTwins, type KeyMap, type MapAxis, type MapRule } from '../engine/key-map.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { triggerText } from './map-text.ts'
import type { AxisLine, RuleLine } from './map-types.ts'
import type { Config, MapSettings } from './schema.ts'

/** As in native/include/evswitch.h. */
const room = { rules: 2048, axes: 256, steps: 4096, tables: 32, classes: 16 } as const

/** A class of sources: the entries of `[[map]]` that name a device which a source of it is, by index. */
export type SourceClass = readonly number[]

type Configured = Pick<Config, 'map' | 'keep-on-host' | 'target' | 'host'>

/** What holds for one class of sources while one target has the input. */
interface Table {
  readonly rules: Omit<MapRule, 'table'>[]
  readonly axes: Omit<MapAxis, 'table'>[]
}

/**
 * Makes the engine's flat tables of a configuration: one for each class of sources and each target, those that are alike
 * once. Throws 'bad-config' when the engine has no room for all of them.
 */
export function compileMap(config: Configured, classes: readonly SourceClass[]): KeyMap {
  const targets = [hostTargetName, ...config.target.map(({ name }) => name.value)]
  const tables: Table[] = []
  const known = new Map<string, number>()
  const numberOf = (table: Table): number => {
    const key = JSON.stringify(table)
    const number = known.get(key) ?? tables.push(table) - 1
    known.set(key, number)
    return number
  }
  const byClass = classes.map(
    (entries) =>
      new Map(
        targets.flatMap((target): [string, number][] => {
          const table = tableOf(config, entries, target)
          const isEmpty = table.rules.length + table.axes.length === 0
          return isEmpty ? [] : [[target, numberOf(table)]]
        }),
      ),
  )
  const map: KeyMap = {
    rules: tables.flatMap(({ rules }, table) => rules.map((rule) => ({ ...rule, table }))),
    axes: tables.flatMap(({ axes }, table) => axes.map((axis) => ({ ...axis, table }))),
    classes: byClass,
  }
  checkRoom(map, tables.length)
  return map
}

/** Whether some rule presses keys of this machine while a guest has the input: then it needs a node for that. */
export function needsHostNode(config: Configured): boolean {
  const kept = config['keep-on-host'].value ?? []
  const lines = config.map.flatMap(({ keys }) => keys.value ?? [])
  return (
    kept.length > 0 ||
    lines.some(
      ({ value: { result } }) => result.kind === 'keys' && result.target === hostTargetName,
    )
  )
}

function tableOf(config: Configured, entries: SourceClass, target: string): Table {
  const isReadByHost = target === hostTargetName && config.host.mode.value === 'release'
  const applying = config.map
    .filter((entry, index) => applies(entry, entries.includes(index), target))
    .sort((a, b) => rank(b) - rank(a)) // stable: of two alike the first counts
  const rules = new Map<string, Omit<MapRule, 'table'>>()
  const axes = new Map<number, AxisLine>()
  for (const line of applying.flatMap(({ keys }) => keys.value ?? [])) addRule(line.value)
  for (const [key, owner] of keptKeys(config)) {
    if (owner !== target)
      addRule({ trigger: [key], result: { kind: 'keys', keys: [key], target: owner } })
  }
  for (const { value: line } of applying.flatMap(({ axes: each }) => each.value ?? [])) {
    if (!axes.has(line.axis)) axes.set(line.axis, line)
  }
  return {
    rules: [...rules.values()].filter(
      (rule) => !isPassing(rule) && (!isReadByHost || isFelt(rule)),
    ),
    axes: isReadByHost ? [] : [...axes.values()].flatMap(axisWithTwin),
  }

  function addRule({ trigger, result }: RuleLine): void {
    const text = triggerText(trigger)
    if (rules.has(text)) return
    const isHere = result.kind === 'keys' && result.target === target
    rules.set(text, {
      keys: trigger,
      result: isHere ? { kind: 'keys', keys: result.keys } : result,
    })
  }
}

function applies({ device, target }: MapSettings, isOfDevice: boolean, active: string): boolean {
  const isFor = device.value === undefined || isOfDevice
  return isFor && (target.value === undefined || target.value === active)
}

/** What is said of a device counts more than what is said of a target. */
function rank({ device, target }: MapSettings): number {
  return (device.value === undefined ? 0 : 2) + (target.value === undefined ? 0 : 1)
}

/** Keys that belong to one target, whatever has the input. */
function keptKeys(config: Configured): [key: number, owner: string][] {
  const ofHost = (config['keep-on-host'].value ?? []).map(({ value }): [number, string] => [
    value,
    hostTargetName,
  ])
  const ofGuests = config.target.flatMap(({ name, keep }) =>
    (keep.value ?? []).map(({ value }): [number, string] => [value, name.value]),
  )
  return [...ofHost, ...ofGuests]
}

/** A key that shall be itself: an exception from another rule. */
function isPassing({ keys, result }: Omit<MapRule, 'table'>): boolean {
  return (
    result.kind === 'keys' &&
    result.target === undefined &&
    keys.length === 1 &&
    result.keys.length === 1 &&
    keys[0] === result.keys[0]
  )
}

/** Whether a rule does something although the host has read the key itself. */
function isFelt({ result }: Omit<MapRule, 'table'>): boolean {
  return result.kind === 'action' || (result.kind === 'keys' && result.target !== undefined)
}

function axisWithTwin({ axis, result: { to, factor } }: AxisLine): Omit<MapAxis, 'table'>[] {
  const [twin, twinTo] = [hiResTwins.get(axis), hiResTwins.get(to)]
  const rule = { code: axis, to, factor }
  return twin === undefined || twinTo === undefined
    ? [rule]
    : [rule, { code: twin, to: twinTo, factor }]
}

function checkRoom({ rules, axes, classes }: KeyMap, tables: number): void {
  const macros = new Set(
    rules.flatMap(({ result }) => (result.kind === 'macro' ? [result.steps] : [])),
  )
  const steps = [...macros].reduce((sum, each) => sum + each.length, 0)
  const counts = { rules: rules.length, axes: axes.length, steps, tables, classes: classes.length }
  for (const [name, count] of Object.entries(counts)) {
    const most = room[name as keyof typeof room]
    if (count <= most) continue
    throw new EvswitchError(
      'bad-config',
      `the maps of all devices and targets need ${count} ${name}: ${most} are the most`,
      { remedy: 'name fewer devices and targets in [[map]], or say less for each' },
    )
  }
}
