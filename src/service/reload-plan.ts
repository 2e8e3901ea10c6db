import { EvswitchError } from '../errors.ts'
import { type MapOptions, noMap } from './maps.ts'
import type { SessionOptions } from './session.ts'
import { isGuest, type TargetWish } from './targets.ts'

/** What has to be done so that other options hold. */
export interface ReloadPlan {
  readonly added: readonly TargetWish[]
  readonly removed: readonly string[]
  /** Those that stay, with what holds for them from now on. */
  readonly changed: readonly TargetWish[]
  readonly hotkeys: boolean
  readonly indicator: boolean
  /** Which devices are taken. */
  readonly sources: boolean
  readonly map: boolean
  /** Settings that cannot change while a session runs, a sentence each. */
  readonly later: readonly string[]
}

/** Compares options with those that hold. */
export function planReload(before: SessionOptions, after: SessionOptions): ReloadPlan {
  const known = new Map(before.targets.map((target) => [target.name, target]))
  const added = after.targets.filter(({ name }) => !known.has(name))
  const names = after.targets.map(({ name }) => name)
  const guests = added.filter(isGuest).map(({ name }) => name)
  const wishes = ({ devices, pinned, pins }: SessionOptions) => ({ devices, pinned, pins })
  return {
    added,
    removed: [...known.keys()].filter((name) => !names.includes(name)),
    changed: after.targets.filter((target) => {
      const old = known.get(target.name)
      return old !== undefined && !isSame(now(old), now(target))
    }),
    hotkeys: !isSame(before.hotkeys, after.hotkeys),
    indicator: before.indicator !== after.indicator,
    sources: !isSame(wishes(before), wishes(after)),
    map: !isSameMap(before.map, after.map),
    later: [
      ...after.targets.flatMap((target) => {
        const old = known.get(target.name)
        if (old === undefined) return []
        return later(`the kind, profile or max-rate of ${target.name}`, shape(old), shape(target))
      }),
      ...later('host.mode', before.hostMode, after.hostMode),
      ...later('engine.realtime', before.realtimePriority, after.realtimePriority),
      ...later('which devices are cloned', before.clones, after.clones),
      ...(after.clones.some(({ target }) => target === undefined) && guests.length > 0
        ? [`clones for ${guests.join(', ')} come when evswitch is started again`]
        : []),
    ],
  }
}

/** What can change of a target, and what is made with its nodes. */
function now(target: TargetWish): unknown[] {
  return [target.repeat, target.enterOnStart, isGuest(target) ? target.qmp : undefined]
}

function shape(target: TargetWish): unknown[] {
  return [isGuest(target) ? target.profile : 'a screen', target.maxRate]
}

/** Whether both make the same of every device. One that the engine might have no room for is another. */
function isSameMap(before: MapOptions = noMap, after: MapOptions = noMap): boolean {
  try {
    return mapText(before) === mapText(after)
  } catch (error) {
    if (error instanceof EvswitchError) return false
    throw error
  }
}

function mapText({ devices, triggers, needsHostNode, compile }: MapOptions): string {
  const tables = compile([[], ...devices.map((_, entry) => [entry])])
  return JSON.stringify([devices, triggers, needsHostNode, tables], (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  )
}

/** Says of a setting that is another now when it will hold. */
export function later(setting: string, before: unknown, after: unknown): string[] {
  return isSame(before, after) ? [] : [`${setting} changes when evswitch is started again`]
}

/** Of values that JSON can carry. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
