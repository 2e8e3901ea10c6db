import { type HotkeyKeys, hotkeyText } from '../engine/hotkey.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { nearest } from '../nearest.ts'
import { type Finding, seen } from './finding.ts'
import { hookFindings } from './hook-findings.ts'
import { mapFindings } from './map-findings.ts'
import type { DraftConfig } from './schema.ts'
import type { Setting } from './setting.ts'
import { shareFindings } from './share-findings.ts'

/** Checks what several settings say together, of a whole configuration or of what could be read of one. */
export function findings(config: DraftConfig): Finding[] {
  return [
    ...twice(config.target.map(({ name }) => name)).map(
      ([name, first]): Finding => ({
        severity: 'error',
        code: 'usage',
        places: [name, first],
        message: `there are two targets named ${name.value}${seen(first)}`,
        remedy: 'name each target once',
      }),
    ),
    ...twice(config.source.map(({ device }) => device).filter(isInFile)).map(
      ([device, first]): Finding => ({
        severity: 'error',
        code: 'usage',
        places: [device, first],
        message: `this device is named twice${seen(first)}`,
        remedy: 'name each device once',
      }),
    ),
    ...[...config.source, ...config.clone].flatMap(numberedDevice),
    ...config.clone.flatMap((clone) => cloneFindings(clone, config)),
    ...config.source.flatMap((source) => pinFindings(source, config)),
    ...config.hotkey.flatMap((hotkey) => actionFindings(hotkey, config)),
    ...config.hotkey.flatMap(hookNameFindings),
    ...panicFindings(config),
    ...hotkeyPairs(config),
    ...unreachable(config),
    ...mapFindings(config),
    ...config.hook.flatMap(hookFindings),
    ...shareFindings(config),
  ]
}

export function tooMany(noun: string, count: number, max: number): string {
  return `${count} ${noun}s are too many: ${max} are the most`
}

type HotkeyDraft = DraftConfig['hotkey'][number]
type CloneDraft = DraftConfig['clone'][number]

/** Each setting whose value another one before it has, with that one. */
function twice<T>(settings: readonly (Setting<T> | undefined)[]): [Setting<T>, Setting<T>][] {
  const first = new Map<T, Setting<T>>()
  const found: [Setting<T>, Setting<T>][] = []
  for (const setting of settings) {
    if (setting === undefined) continue
    const before = first.get(setting.value)
    if (before === undefined) first.set(setting.value, setting)
    else found.push([setting, before])
  }
  return found
}

/** On a command line it does no harm. */
function isInFile(setting: Setting<unknown> | undefined): boolean {
  return setting?.origin.kind === 'file'
}

/** Numbers are given in the order of plugging in. */
function numberedDevice({ device }: Pick<CloneDraft, 'device'>): Finding[] {
  if (device === undefined || device.origin.kind !== 'file') return []
  if (!/^(\/dev\/input\/)?event\d+$/.test(device.value)) return []
  return [
    {
      severity: 'warning',
      code: 'usage',
      places: [device],
      message: `${device.value} may be another device after the next start`,
      remedy: 'evswitch devices shows a name that stays',
    },
  ]
}

/** Whether the guest that a device belongs to is there. */
function pinFindings({ target }: DraftConfig['source'][number], config: DraftConfig): Finding[] {
  const name = target?.value
  if (target === undefined || name === undefined || name === hostTargetName) return []
  return absentTarget(target, name, config, [hostTargetName])
}

/** Whether `switch`, and only that, names a target that there is. */
function actionFindings({ action, target }: HotkeyDraft, config: DraftConfig): Finding[] {
  const error = { severity: 'error', code: 'bad-hotkey' } as const
  if (action === undefined || target === undefined) return []
  const name = target.value
  if (action.value !== 'switch') {
    if (name === undefined) return []
    const message = `a hotkey with the action ${action.value} takes no target`
    return [{ ...error, places: [target, action], message, remedy: 'say action = "switch"' }]
  }
  if (name === undefined) {
    const message = 'switch needs a target to switch to'
    return [{ ...error, places: [action], message, remedy: 'add target = ..., its name' }]
  }
  return name === hostTargetName ? [] : absentTarget(target, name, config, [hostTargetName])
}

/** Whether `hook`, and only that, has a name to tell. */
function hookNameFindings({ action, hook }: HotkeyDraft): Finding[] {
  const error = { severity: 'error', code: 'bad-hotkey' } as const
  if (action === undefined || hook === undefined) return []
  if (action.value === 'hook' && hook.value === undefined) {
    const message = 'a hotkey with the action hook has no hook'
    return [
      { ...error, places: [action], message, remedy: 'add hook = ..., the name that is told' },
    ]
  }
  if (action.value === 'hook' || hook.value === undefined) return []
  const message = `a hotkey with the action ${action.value} takes no hook`
  return [{ ...error, places: [hook, action], message, remedy: 'say action = "hook"' }]
}

/** Of a name that no guest has, where some others would do, too. */
function absentTarget(
  place: Setting<unknown>,
  name: string,
  config: DraftConfig,
  others: readonly string[],
): Finding[] {
  const targets = config.target.map((each) => each.name?.value)
  // Where the name of a target could not be read, it may be the one that is meant.
  if (targets.includes(name) || targets.includes(undefined)) return []
  const known = [...others, ...targets.filter((each) => each !== undefined)]
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
}

/** Whether a guest that there is, is given the clone once, of a device that is nothing else. */
function cloneFindings(clone: CloneDraft, config: DraftConfig): Finding[] {
  const { device, target } = clone
  if (device === undefined || target === undefined) return []
  const error = { severity: 'error', code: 'usage' } as const
  const source = config.source.find((each) => each.device?.value === device.value)?.device
  const before = config.clone
    .slice(0, config.clone.indexOf(clone))
    .find((each) => each.device?.value === device.value && isSameGuest(each, clone))?.device
  const found: Finding[] = []
  if (source !== undefined) {
    const message = `this device is a source, too${isInFile(device) ? seen(source) : ''}`
    const remedy = 'what is cloned goes to the clones only: take one of the two out'
    found.push({ ...error, places: [device, source], message, remedy })
  }
  if (before !== undefined && isInFile(device)) {
    const message = `this device is cloned for the guest before${seen(before)}`
    const remedy = 'name it once for each guest, or once without a target for all of them'
    found.push({ ...error, places: [device, before], message, remedy })
  }
  if (target.value === hostTargetName) {
    const message = 'this machine has the device itself'
    const remedy = 'leave the target out for all guests, or name one of them'
    found.push({ ...error, code: 'unknown-target', places: [target], message, remedy })
  } else if (target.value !== undefined) {
    found.push(...absentTarget(target, target.value, config, []))
  }
  return found
}

/** All guests are every guest. */
function isSameGuest(a: CloneDraft, b: CloneDraft): boolean {
  if (a.target === undefined || b.target === undefined) return false
  const both = [a.target.value, b.target.value]
  return both.includes(undefined) || both[0] === both[1]
}

/** The panic chord may contain a hotkey, as by default; the other way round the hotkey could never act. */
function panicFindings({ panic, hotkey }: DraftConfig): Finding[] {
  if (panic === undefined) return []
  return hotkey.flatMap(({ keys }): Finding[] => {
    if (keys === undefined || !contains(keys.value, panic.value)) return []
    const relation = (verb: string) =>
      `the hotkey ${hotkeyText(keys.value)} ${verb} the panic chord ${hotkeyText(panic.value)}`
    const isSame = keys.value.length === panic.value.length
    return [
      {
        severity: 'error',
        code: 'bad-hotkey',
        places: [keys, panic],
        message: isSame ? `${relation('and')} are the same keys` : relation('contains'),
        remedy: 'give the panic chord a key that the hotkey does not have',
      },
    ]
  })
}

function hotkeyPairs({ hotkey }: DraftConfig): Finding[] {
  const all = hotkey.flatMap(({ keys }) => (keys === undefined ? [] : [keys]))
  return all.flatMap((keys, index) =>
    all.slice(0, index).flatMap((before): Finding[] => {
      const places = [keys, before]
      const text = hotkeyText(keys.value)
      if (contains(keys.value, before.value) && contains(before.value, keys.value)) {
        const message = `another hotkey has the same keys, ${text}${seen(before)}`
        const remedy = 'one set of keys can do one thing'
        return [{ severity: 'error', code: 'bad-hotkey', places, message, remedy }]
      }
      const [long, short] =
        keys.value.length > before.value.length ? [keys, before] : [before, keys]
      if (!contains(long.value, short.value)) return []
      return [
        {
          severity: 'warning',
          code: 'bad-hotkey',
          places: [long, short],
          message: `${hotkeyText(long.value)} contains the hotkey ${hotkeyText(short.value)}${seen(short)}`,
          remedy:
            'pressed in another order, that one acts first; press the key that it lacks first',
        },
      ]
    }),
  )
}

/** Guests that no hotkey leads to. A hotkey that is not understood may be the one. */
function unreachable({ hotkey, target }: DraftConfig): Finding[] {
  const names = [hostTargetName, ...target.map(({ name }) => name?.value)]
  const reached = hotkey.flatMap((each) =>
    each.action?.value === 'switch' && each.target !== undefined ? [each.target.value] : [],
  )
  const isUnderstood =
    reached.length === hotkey.length && reached.every((name) => names.includes(name))
  if (hotkey.length === 0 || !isUnderstood) return []
  return target.flatMap(({ name }): Finding[] => {
    if (name === undefined || reached.includes(name.value)) return []
    const message = `no hotkey leads to ${name.value}`
    const remedy = `add a [[hotkey]] with action = "switch" and target = "${name.value}"`
    const places = [name, ...hotkey.flatMap(({ action }) => action ?? [])]
    return [{ severity: 'warning', code: 'usage', places, message, remedy }]
  })
}

function contains(keys: HotkeyKeys, part: HotkeyKeys): boolean {
  return part.every((key) => keys.includes(key))
}
