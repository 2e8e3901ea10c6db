import { keyId } from '../engine/codes.ts'
import { type HotkeyKeys, hotkeyText } from '../engine/hotkey.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { isKeyOfQemu } from '../guests/qemu-keys.ts'
import { nearest } from '../nearest.ts'
import { type Finding, seen } from './finding.ts'
import { mapRulesMax } from './limits.ts'
import { resultPlain, triggerText } from './map-text.ts'
import type { RuleLine } from './map-types.ts'
import type { DraftConfig } from './schema.ts'
import type { Setting } from './setting.ts'

/** A line of a map with whose it is. */
interface Scoped<Line> {
  readonly device: string | undefined
  readonly target: Setting<string> | undefined
  readonly line: Setting<Line>
}

/** What is wrong between the lines of maps, and between them and the rest of a configuration. */
export function mapFindings(config: DraftConfig): Finding[] {
  const rules = scoped(config, ({ keys }) => keys)
  const axes = scoped(config, ({ axes: each }) => each)
  return [
    ...tooManyRules([...rules, ...axes]),
    ...unknownTargets(rules, config),
    ...contradictions(rules, ({ trigger }) => triggerText(trigger)),
    ...contradictions(axes, ({ axis }) => String(axis)),
    ...keptTwice(config),
    ...crossed(rules),
    ...rules.flatMap((rule) => hotkeyFindings(rule, config)),
    ...rules.flatMap((rule) => withoutEffect(rule, config)),
    ...rules.flatMap((rule) => lostByQemu(rule, config)),
  ]
}

type MapDraft = DraftConfig['map'][number]

function scoped<Line>(
  { map }: DraftConfig,
  linesOf: (entry: MapDraft) => Setting<readonly Setting<Line>[] | undefined> | undefined,
): Scoped<Line>[] {
  return map.flatMap((entry) => {
    const { device, target } = entry
    const named = target?.value === undefined ? undefined : { ...target, value: target.value }
    const lines = linesOf(entry)?.value ?? []
    return lines.map((line) => ({ device: device?.value, target: named, line }))
  })
}

function tooManyRules(all: readonly Scoped<unknown>[]): Finding[] {
  const first = all[mapRulesMax]
  if (first === undefined) return []
  return [
    {
      severity: 'error',
      code: 'bad-config',
      places: [first.line],
      message: `${all.length} rules are too many: ${mapRulesMax} are the most`,
      remedy: undefined,
    },
  ]
}

function unknownTargets(rules: readonly Scoped<RuleLine>[], config: DraftConfig): Finding[] {
  const names = config.target.map(({ name }) => name?.value)
  // Where the name of a target could not be read, it may be the one that is meant.
  if (names.includes(undefined)) return []
  const known = [hostTargetName, ...names.filter((name) => name !== undefined)]
  const named = new Map<string, Setting<unknown>>()
  for (const { target, line } of rules) {
    if (target !== undefined) named.set(target.value, target)
    const meant = targetOf(line.value)
    if (meant !== undefined && !named.has(meant)) named.set(meant, line)
  }
  for (const { target } of config.map) {
    if (target?.value !== undefined) named.set(target.value, target)
  }
  return [...named].flatMap(([name, place]): Finding[] => {
    if (known.includes(name)) return []
    const near = nearest(name, known)
    return [
      {
        severity: 'error',
        code: 'unknown-target',
        places: [place],
        message: `there is no target named ${JSON.stringify(name.slice(0, 40))}`,
        remedy: near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`,
      },
    ]
  })
}

function targetOf({ result }: RuleLine): string | undefined {
  if (result.kind === 'keys') return result.target
  if (result.kind !== 'action' || result.action.kind !== 'target') return undefined
  return result.action.target
}

/** Two lines for one thing of the same devices and the same target. */
function contradictions<Line>(
  lines: readonly Scoped<Line>[],
  thing: (line: Line) => string,
): Finding[] {
  const first = new Map<string, Scoped<Line>>()
  return lines.flatMap((each): Finding[] => {
    const key = JSON.stringify([each.device, each.target?.value, thing(each.line.value)])
    const before = first.get(key)
    if (before === undefined) {
      first.set(key, each)
      return []
    }
    return [
      {
        severity: 'error',
        code: 'bad-config',
        places: [each.line, before.line],
        showsAll: true,
        message: `there is a rule for this already${seen(before.line)}`,
        remedy: 'keep one of the two, or say for which device or target each is',
      },
    ]
  })
}

function keptTwice(config: DraftConfig): Finding[] {
  const lists = [config['keep-on-host'], ...config.target.map(({ keep }) => keep)]
  const first = new Map<number, Setting<number>>()
  return lists
    .flatMap((list) => list?.value ?? [])
    .flatMap((key): Finding[] => {
      const before = first.get(key.value)
      if (before === undefined) {
        first.set(key.value, key)
        return []
      }
      return [
        {
          severity: 'error',
          code: 'bad-config',
          places: [key, before],
          showsAll: true,
          message: `${keyId(key.value)} is kept twice${seen(before)}`,
          remedy: 'a key can stay with one target only',
        },
      ]
    })
}

/** What goes from one target to another, and from there back, reaches neither that has the input. */
function crossed(rules: readonly Scoped<RuleLine>[]): Finding[] {
  const away = rules.flatMap(({ target, line }) => {
    const { result, trigger } = line.value
    if (target === undefined || result.kind !== 'keys' || result.target === undefined) return []
    return [{ from: target.value, to: result.target, trigger: triggerText(trigger), line }]
  })
  return away.flatMap((each, index) =>
    away.slice(0, index).flatMap((before): Finding[] => {
      const isLoop =
        before.trigger === each.trigger && before.from === each.to && before.to === each.from
      if (!isLoop || each.from === each.to) return []
      return [
        {
          severity: 'error',
          code: 'bad-config',
          places: [each.line, before.line],
          showsAll: true,
          message: `a loop: ${each.trigger} of ${each.from} goes to ${each.to}, and back${seen(before.line)}`,
          remedy: 'it would never reach the target that has the input: keep one of the two',
        },
      ]
    }),
  )
}

/** Hotkeys act first. A rule that switches by a part of one would act before its last key. */
function hotkeyFindings({ line }: Scoped<RuleLine>, config: DraftConfig): Finding[] {
  const { trigger, result } = line.value
  const hotkeys = [
    ...(config.panic === undefined ? [] : [{ keys: config.panic, name: 'panic chord' }]),
    ...config.hotkey.flatMap(({ keys }) => (keys === undefined ? [] : [{ keys, name: 'hotkey' }])),
  ]
  return hotkeys.flatMap(({ keys, name }): Finding[] => {
    const text = `the ${name} ${hotkeyText(keys.value)}${seen(keys)}`
    const finding = { severity: 'error', code: 'bad-hotkey', places: [line, keys] } as const
    const last = trigger.at(-1) ?? 0
    if (contains(trigger, keys.value) && keys.value.includes(last)) {
      return [
        {
          ...finding,
          message: `this rule could never act: ${text} has its keys, and acts first`,
          remedy: 'give the rule other keys, or the hotkey',
        },
      ]
    }
    if (result.kind !== 'action' || !contains(keys.value, trigger)) return []
    return [
      {
        ...finding,
        message: `this would make ${text} unreachable: ${triggerText(trigger)} would act before its last key is down`,
        remedy: 'give the rule a key that no hotkey has',
      },
    ]
  })
}

/** The host reads its devices itself, unless it is proxied. */
function withoutEffect({ target, line }: Scoped<RuleLine>, config: DraftConfig): Finding[] {
  const { result } = line.value
  const isFelt = result.kind === 'action' || (result.kind === 'keys' && result.target !== undefined)
  if (target?.value !== hostTargetName || isFelt) return []
  const mode = config.host.mode
  if (mode === undefined || mode.value === 'proxy') return []
  return [
    {
      severity: 'warning',
      code: 'usage',
      places: [line],
      message: 'this has no effect: while this machine has the input it reads its devices itself',
      remedy: 'say [host] mode = "proxy" to have its keys mapped, too',
    },
  ]
}

function isBarrier(kind: Setting<string> | undefined): boolean {
  return kind?.value === 'barrier'
}

function lostByQemu({ target, line }: Scoped<RuleLine>, config: DraftConfig): Finding[] {
  const { result } = line.value
  if (result.kind !== 'keys') return []
  const to = result.target ?? target?.value
  if (to === hostTargetName || (to === undefined && config.host.mode?.value === 'proxy')) return []
  const isScreen = config.target.some(({ name, kind }) => name?.value === to && isBarrier(kind))
  if (isScreen || config.target.every(({ kind }) => isBarrier(kind))) return []
  const lost = result.keys.find((key) => !isKeyOfQemu(key))
  if (lost === undefined) return []
  return [
    {
      severity: 'warning',
      code: 'usage',
      places: [line],
      message: `QEMU does not pass ${keyId(lost)} on: no guest will see ${String(resultPlain(result))}`,
      remedy: 'choose a key that a usual keyboard has, or several together',
    },
  ]
}

function contains(keys: readonly number[], part: HotkeyKeys): boolean {
  return part.every((key) => keys.includes(key))
}
