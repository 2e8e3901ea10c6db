import { compileMap, needsHostNode } from '../config/compile-map.ts'
import { triggerText } from '../config/map-text.ts'
import {
  type Config,
  type HotkeySettings,
  isPinned,
  type TargetSettings,
} from '../config/schema.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { HotkeyAction } from '../engine/types.ts'
import type { MapOptions } from './maps.ts'
import type { SessionOptions } from './session.ts'
import type { TargetWish } from './targets.ts'

/** What a session is to do by a configuration. */
export function sessionOptions(config: Config): SessionOptions {
  return {
    targets: config.target.map(targetWish),
    hotkeys: [
      ...config.hotkey.map((hotkey) => ({ keys: hotkey.keys.value, action: actionOf(hotkey) })),
      { keys: config.panic.value, action: { kind: 'panic' } },
    ],
    devices: config.source.filter((source) => !isPinned(source)).map(({ device }) => device.value),
    pins: config.source.filter(isPinned).flatMap(({ device, target }) => {
      const isHost = target.value === undefined || target.value === hostTargetName
      return isHost ? [] : [{ device: device.value, target: target.value }]
    }),
    // Who types a name has the device at hand; what a file names may be switched off now.
    waits: config.source.every(({ device }) => device.origin.kind !== 'option'),
    clones: config.clone.map(({ device, target }) => ({
      device: device.value,
      target: target.value,
      waits: device.origin.kind !== 'option',
    })),
    pinned: config.source
      .filter(({ target }) => target.value === hostTargetName)
      .map(({ device }) => device.value),
    hostMode: config.host.mode.value,
    indicator: config.host.indicator.value,
    map: mapOptions(config),
    realtimePriority: config.engine.realtime.value,
  }
}

function targetWish(target: TargetSettings): TargetWish {
  const common = {
    name: target.name.value,
    repeat: target.repeat.value,
    maxRate: target['max-rate'].value ?? 0,
    enterOnStart: target['on-start'].value === 'enter',
  }
  switch (target.kind.value) {
    case 'uinput':
      return { ...common, profile: target.profile.value, qmp: target.qmp.value }
    case 'barrier':
      return { ...common, isScreen: true }
  }
}

/** Undefined where nothing is mapped. */
function mapOptions(config: Config): MapOptions | undefined {
  const kept = [config['keep-on-host'], ...config.target.map(({ keep }) => keep)]
    .flatMap(({ value = [] }) => value)
    .map(({ value }) => value)
  if (config.map.length === 0 && kept.length === 0) return undefined
  return {
    devices: config.map.map(({ device }) => device.value),
    compile: (classes) => compileMap(config, classes),
    triggers: [
      ...config.map.flatMap(({ keys }, entry) =>
        (keys.value ?? []).map(({ value: { trigger } }) => ({
          entry,
          codes: trigger,
          text: triggerText(trigger),
        })),
      ),
      ...kept.map((key) => ({ entry: undefined, codes: [key], text: triggerText([key]) })),
    ],
    needsHostNode: needsHostNode(config),
  }
}

function actionOf({ action, target, hook }: HotkeySettings): HotkeyAction {
  switch (action.value) {
    case 'switch':
      return { kind: 'target', target: target.value ?? hostTargetName }
    case 'hook':
      return { kind: 'hook', hook: hook.value ?? '' }
    case 'next':
    case 'previous':
    case 'lock':
      return { kind: action.value }
  }
}
