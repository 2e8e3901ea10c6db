import { printable } from '../devices/sanitize.ts'
import type { HotkeyKeys } from '../engine/hotkey.ts'
import { checkTargetName } from '../engine/target-name.ts'
import type { HostMode } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { LogLevel } from '../log-levels.ts'
import { defaultSettings } from './defaults.ts'
import { guestsMax } from './limits.ts'
import { findings, tooMany } from './rules.ts'
import {
  type CloneSettings,
  type Config,
  isPinned,
  isScreen,
  type SourceSettings,
  schema,
  type TargetSettings,
} from './schema.ts'
import { rangeOf, type Setting } from './setting.ts'

/** What the command line says; undefined where it says nothing. */
export interface Overrides {
  readonly targets?: readonly string[] | undefined
  readonly devices?: readonly string[] | undefined
  readonly clones?: readonly string[] | undefined
  /** To the next target. */
  readonly hotkey?: HotkeyKeys | undefined
  readonly panic?: HotkeyKeys | undefined
  readonly hostMode?: HostMode | undefined
  readonly repeat?: boolean | undefined
  readonly realtime?: number | undefined
  readonly logLevel?: LogLevel | undefined
  /** Of other computers. */
  readonly screens?: readonly string[] | undefined
  /** Where those connect. */
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly layout?: string | undefined
}

/**
 * A configuration with what the command line says in its place: options win. `--target`, names of screens, `--device` and `--clone` stand
 * for all targets, sources to take and clones of the file; a target or a clone that the file describes keeps what it says
 * of it. The hotkey stands for those that go to the next target. Throws what is wrong with the whole; `file` is named then.
 */
export function override(config: Config, overrides: Overrides, file?: string): Config {
  const { targets, devices, clones, hotkey, panic, hostMode, repeat, realtime, logLevel } =
    overrides
  const set = <T>(option: string, value: T | undefined, setting: Setting<T>): Setting<T> =>
    value === undefined ? setting : fromOption(option, value)
  const { screens, address, port, layout } = overrides
  const serve = config['share.serve']
  const named = [
    ...(targets ?? []).map((name) => namedTarget(config, name)),
    ...(screens ?? []).map((name) => namedScreen(config, name)),
  ]
  if (named.length > guestsMax) {
    throw new EvswitchError('usage', tooMany('target', named.length, guestsMax))
  }
  const result: Config = {
    ...config,
    panic: set('--panic', panic, config.panic),
    source: devices === undefined ? config.source : withDevices(config, devices),
    clone: clones?.flatMap((name) => namedClone(config, name)) ?? config.clone,
    target: (named.length > 0 ? named : config.target).map((target) => ({
      ...target,
      repeat: set('--repeat', repeat, target.repeat),
    })),
    hotkey: hotkey === undefined ? config.hotkey : withHotkey(config, hotkey),
    host: { ...config.host, mode: set('--host-mode', hostMode, config.host.mode) },
    engine: { realtime: set('--realtime', realtime, config.engine.realtime) },
    log: { level: set('--log-level', logLevel, config.log.level) },
    'share.serve': {
      ...serve,
      address: set('--address', address, serve.address),
      port: set<number | undefined>('--port', port, serve.port),
      layout: set('--layout', layout, serve.layout),
      // That of the file is of its layout.
      variant: layout === undefined ? serve.variant : fromOption('--layout', undefined),
    },
  }
  const error = findings(result).find(({ severity }) => severity === 'error')
  if (error !== undefined) {
    const lines = error.places.flatMap((place) => rangeOf(place)?.start.line ?? [])
    const where = lines[0] === undefined ? '' : ` (${printable(file ?? 'file')}:${lines[0]})`
    throw new EvswitchError(error.code, error.message + where, { remedy: error.remedy })
  }
  return result
}

/** Devices of the file that stay with the host do so, unless they are asked for by the same name. */
function withDevices({ source }: Config, devices: readonly string[]): Config['source'] {
  const taken = devices.map(
    (device): SourceSettings => ({
      device: fromOption('--device', device),
      target: { value: undefined, origin: { kind: 'default' } },
    }),
  )
  const kept = source.filter((each) => isPinned(each) && !devices.includes(each.device.value))
  return [...taken, ...kept]
}

function namedTarget({ target }: Config, name: string): TargetSettings {
  const described = target.find((each) => each.name.value === name)
  const settings = described ?? (defaultSettings(schema.target.fields) as TargetSettings)
  return { ...settings, name: fromOption('--target', name) }
}

/** By the name of the target, or of the screen. */
function namedScreen({ target }: Config, name: string): TargetSettings {
  const described = target
    .filter(isScreen)
    .find((each) => each.name.value === name || each.screen.value === name)
  if (described !== undefined) return described
  const settings = defaultSettings(schema.target.fields) as TargetSettings
  return {
    ...settings,
    name: fromOption('SCREEN', checkTargetName(name)),
    kind: fromOption('SCREEN', 'barrier'),
  }
}

/** For the guests that the file gives it to, else for all. */
function namedClone({ clone }: Config, name: string): CloneSettings[] {
  const described = clone.filter(({ device }) => device.value === name)
  const settings = described.length > 0 ? described : [defaultSettings(schema.clone.fields)]
  return settings.map((each) => ({
    ...(each as CloneSettings),
    device: fromOption('--clone', name),
  }))
}

/** The file's other hotkeys stay; if it has none to the next target, this is one more. */
function withHotkey({ hotkey }: Config, keys: HotkeyKeys): Config['hotkey'] {
  const next: Config['hotkey'][number] = {
    keys: fromOption('--hotkey', keys),
    action: fromOption('--hotkey', 'next'),
    target: { value: undefined, origin: { kind: 'default' } },
    hook: { value: undefined, origin: { kind: 'default' } },
  }
  return [next, ...hotkey.filter(({ action }) => action.value !== 'next')]
}

function fromOption<T>(option: string, value: T): Setting<T> {
  return { value, origin: { kind: 'option', option } }
}
