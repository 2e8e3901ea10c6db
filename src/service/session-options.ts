import type { Config, HotkeySettings } from '../config/schema.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { HotkeyAction } from '../engine/types.ts'
import type { SessionOptions } from './session.ts'

/** What a session is to do by a configuration. */
export function sessionOptions(config: Config): SessionOptions {
  return {
    targets: config.target.map(({ name, repeat }) => ({ name: name.value, repeat: repeat.value })),
    hotkeys: [
      ...config.hotkey.map((hotkey) => ({ keys: hotkey.keys.value, action: actionOf(hotkey) })),
      { keys: config.panic.value, action: { kind: 'panic' } },
    ],
    devices: config.source.map(({ device }) => device.value),
    hostMode: config.host.mode.value,
    realtimePriority: config.engine.realtime.value,
  }
}

function actionOf({ action, target }: HotkeySettings): HotkeyAction {
  return action.value === 'switch'
    ? { kind: 'target', target: target.value ?? hostTargetName }
    : { kind: action.value }
}
