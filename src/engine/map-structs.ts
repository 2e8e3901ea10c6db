import { limits, mapKinds, none, structs } from '../native/abi.ts'
import { encodeStructs } from '../native/records.ts'

import type { KeyMap, MacroStep, MapResult, MapRule } from './key-map.ts'
import { hotkeyStruct } from './native-structs.ts'
import type { Hook } from './types.ts'

/** A map as evs_engine_set_map() and evs_sim_set_map() take it: arrays of structs, and their lengths. */
export type MapArguments = readonly [
  rules: Buffer,
  ruleCount: number,
  axes: Buffer,
  axisCount: number,
  steps: Buffer,
  stepCount: number,
  tables: Uint8Array,
  classCount: number,
]

const factorOne = 65_536

const kinds: Record<MapResult['kind'], number> = {
  keys: mapKinds.KEYS,
  block: mapKinds.BLOCK,
  macro: mapKinds.MACRO,
  action: mapKinds.ACTION,
  scroll: mapKinds.SCROLL,
}

/**
 * @param targetId the id of a target by its name; may throw
 * @param hookId the number that the engine is to give back for a hook
 */
export function mapArguments(
  map: KeyMap,
  targetId: (name: string) => number,
  hookId: (hook: Hook) => number = () => 0,
): MapArguments {
  const steps: MacroStep[] = []
  const firstSteps = new Map<readonly MacroStep[], number>()
  const rules = map.rules.map((rule) => {
    // Rules of several tables share the steps of one macro.
    if (rule.result.kind === 'macro' && !firstSteps.has(rule.result.steps)) {
      firstSteps.set(rule.result.steps, steps.length)
      steps.push(...rule.result.steps)
    }
    return ruleStruct(rule, firstSteps, targetId, hookId)
  })
  const axes = map.axes.map(({ factor, ...axis }) => ({
    ...axis,
    factor: Math.round(factor * factorOne),
  }))
  const tables = new Uint8Array(Math.max(1, map.classes.length * limits.targets))
  for (const [index, byTarget] of map.classes.entries()) {
    for (const [name, table] of byTarget)
      tables[index * limits.targets + targetId(name)] = table + 1
  }
  return [
    encodeStructs(structs.map_rule, rules),
    rules.length,
    encodeStructs(structs.map_axis, axes),
    axes.length,
    encodeStructs(structs.map_step, steps.map(stepStruct)),
    steps.length,
    tables,
    map.classes.length,
  ]
}

function ruleStruct(
  { table, keys, result }: MapRule,
  firstSteps: ReadonlyMap<readonly MacroStep[], number>,
  targetId: (name: string) => number,
  hookId: (hook: Hook) => number,
) {
  // What is no action has one that does nothing wrong.
  const action = result.kind === 'action' ? result.action : { kind: 'next' as const }
  const pressed = result.kind === 'keys' ? result.keys : []
  const steps = result.kind === 'macro' ? result.steps : undefined
  const isElsewhere = result.kind === 'keys' && result.target !== undefined
  return {
    table,
    kind: kinds[result.kind],
    when: hotkeyStruct({ keys, action }, targetId, hookId),
    target: isElsewhere ? targetId(result.target) : none,
    key_count: pressed.length,
    keys: Array.from({ length: limits.mapKeys }, (_, index) => pressed[index] ?? 0),
    first_step: steps === undefined ? 0 : (firstSteps.get(steps) ?? 0),
    step_count: steps?.length ?? 0,
    counts: result.kind === 'scroll' ? result.counts : 0,
  }
}

function stepStruct({ code, isPress, waitMs }: MacroStep) {
  return { code, is_press: isPress ? 1 : 0, wait_ms: waitMs }
}
