import {
  abiVersion,
  actions,
  hostModes,
  limits,
  profiles,
  repeats,
  sinkKinds,
  sourceFlags,
  targetFlags,
  toggles,
} from '../native/abi.ts'
import type {
  EngineConfigStruct,
  HotkeyStruct,
  SinkConfigStruct,
  SourceInfoStruct,
  TargetConfigStruct,
} from '../native/library.ts'
import { hostTargetName } from './target-name.ts'
import type {
  CloneOptions,
  EngineOptions,
  GrabToggle,
  Hook,
  Hotkey,
  HotkeyAction,
  Profile,
  Role,
  SinkOptions,
  SourceInfo,
  TargetOptions,
} from './types.ts'

/** What the engine's types are as structs of evswitch.h. */

const profileNumbers: Record<Profile, number> = {
  'input-linux': profiles.INPUT_LINUX,
  host: profiles.HOST,
  'windows-virtio': profiles.WINDOWS_VIRTIO,
}

const toggleNumbers: Record<GrabToggle, number> = {
  'ctrl-ctrl': toggles.CTRL_CTRL,
  'alt-alt': toggles.ALT_ALT,
  'shift-shift': toggles.SHIFT_SHIFT,
  'meta-meta': toggles.META_META,
  scrolllock: toggles.SCROLLLOCK,
  'ctrl-scrolllock': toggles.CTRL_SCROLLLOCK,
  none: toggles.NONE,
}

export const roleNumbers: Record<Role, number> = {
  keyboard: sinkKinds.KEYBOARD,
  mouse: sinkKinds.MOUSE,
}

export function engineConfig(options: EngineOptions): EngineConfigStruct {
  const { hostMode = 'release', realtimePriority = 0, lockMemory = true } = options
  return {
    abi_version: abiVersion,
    host_mode: hostMode === 'proxy' ? hostModes.PROXY : hostModes.RELEASE,
    rt_priority: realtimePriority,
    lock_memory: lockMemory ? 1 : 0,
    pool_threads: 0,
    presence_ms: options.presenceMs ?? 0,
    watchdog_ms: options.watchdogMs ?? 0,
    reserved: 0,
  }
}

export function sinkConfig(options: SinkOptions): SinkConfigStruct {
  const { name, phys, role, profile = 'input-linux' } = options
  return {
    name,
    phys,
    kind: roleNumbers[role],
    profile: profileNumbers[profile],
    product: roleNumbers[role] + 1,
    reserved: 0,
  }
}

export function cloneConfig({ phys, profile }: CloneOptions): SinkConfigStruct {
  return {
    name: '',
    phys,
    kind: sinkKinds.CLONE,
    profile: profile === 'virtio-input' ? profiles.VIRTIO_INPUT : profiles.HOST,
    product: 0,
    reserved: 0,
  }
}

export function targetConfig(options: TargetOptions): TargetConfigStruct {
  const isHost = options.name === hostTargetName
  const {
    name,
    profile = isHost ? 'host' : 'input-linux',
    repeat = !isHost,
    grabToggle = isHost ? 'none' : 'ctrl-ctrl',
    swallows = false,
    isLinked = false,
    maxRate = 0,
  } = options
  return {
    name,
    profile: profileNumbers[profile],
    repeat: repeat ? repeats.ON : repeats.OFF,
    grab_toggle: toggleNumbers[grabToggle],
    flags: (swallows ? targetFlags.SWALLOWS : 0) | (isLinked ? targetFlags.LINK : 0),
    max_rate: maxRate,
  }
}

/** @param targetId the id of a target by its name; may throw */
export function hotkeyStruct(
  { keys, action }: Hotkey,
  targetId: (name: string) => number,
  hookId: (hook: Hook) => number = Number,
): HotkeyStruct {
  const places = Array.from({ length: limits.hotkeyKeys }, (_, index) => keys[index] ?? 0)
  return {
    keys: places,
    key_count: keys.length,
    action: actionNumber(action),
    target: actionObject(action, targetId, hookId),
  }
}

function actionObject(
  action: HotkeyAction,
  targetId: (name: string) => number,
  hookId: (hook: Hook) => number,
): number {
  if (action.kind === 'target') return targetId(action.target)
  return action.kind === 'hook' ? hookId(action.hook) : 0
}

function actionNumber({ kind }: HotkeyAction): number {
  switch (kind) {
    case 'next':
      return actions.NEXT
    case 'previous':
      return actions.PREVIOUS
    case 'target':
      return actions.TARGET
    case 'panic':
      return actions.PANIC
    case 'lock':
      return actions.LOCK
    case 'hook':
      return actions.HOOK
  }
}

export function sourceInfo(struct: SourceInfoStruct): SourceInfo {
  const has = (flag: number) => (struct.flags & flag) !== 0
  const end = struct.name.indexOf(0)
  return {
    name: Buffer.from(struct.name.subarray(0, end < 0 ? undefined : end)).toString('utf8'),
    minor: struct.device,
    bus: struct.bustype,
    vendor: struct.vendor,
    product: struct.product,
    version: struct.version,
    keys: has(sourceFlags.KEYS),
    buttons: has(sourceFlags.BUTTONS),
    motion: has(sourceFlags.MOTION),
    repeats: has(sourceFlags.REPEATS),
    leds: has(sourceFlags.LEDS),
    hiResWheel: has(sourceFlags.HI_RES),
    readOnly: has(sourceFlags.READ_ONLY),
  }
}
