import { type Command, Option } from 'commander'
import { defaultConfig } from '../config/defaults.ts'
import { realtimeMax } from '../config/limits.ts'
import type { Overrides } from '../config/override.ts'
import { hotkeyText, parseHotkey } from '../engine/hotkey.ts'
import { checkTargetName } from '../engine/target-name.ts'
import type { HostMode } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import { type LogLevel, logLevels } from '../log-levels.ts'

/** What commander makes of the options below. */
interface RunFlags {
  readonly target?: readonly string[]
  readonly device?: readonly string[]
  readonly clone?: readonly string[]
  readonly hotkey: string
  readonly panic: string
  readonly hostMode: HostMode
  readonly repeat: 'on' | 'off'
  readonly realtime: string
  readonly logLevel: LogLevel
}

/** Adds the options that stand for settings of the configuration. */
export function addRunOptions(command: Command): Command {
  const { panic, hotkey, host, engine, log } = defaultConfig
  return command
    .option('--config <file>', 'configuration, instead of the usual file')
    .addOption(repeatable('--target <name>', 'a guest; again for more (default: guest)'))
    .addOption(
      repeatable(
        '--device <name>',
        'a device to take: path, link, or a part of its name; again for more (default: every real keyboard and mouse)',
      ),
    )
    .addOption(
      repeatable(
        '--clone <name>',
        'a gamepad, tablet, touchpad or touchscreen that guests are given clones of; again for more',
      ),
    )
    .option(
      '--hotkey <keys>',
      'switches to the next target',
      hotkeyText(hotkey[0]?.keys.value ?? []),
    )
    .option('--panic <keys>', 'gives everything back to this machine', hotkeyText(panic.value))
    .addOption(
      new Option(
        '--host-mode <mode>',
        'release: this machine reads its devices itself; proxy: it reads nodes of evswitch',
      )
        .choices(['release', 'proxy'])
        .default(host.mode.value),
    )
    .addOption(
      new Option('--repeat <on|off>', 'whether guests are sent key repeats')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option(
      '--realtime <priority>',
      `SCHED_FIFO priority of the input thread, 1 to ${realtimeMax}, or off`,
      String(engine.realtime.value),
    )
    .addOption(
      new Option('--log-level <level>', 'of the log on stderr')
        .choices(logLevels)
        .default(log.level.value),
    )
}

/** What the command line says in place of the configuration; defaults of options say nothing. */
export function overridesOf(command: Command): Overrides {
  const flags = command.opts<RunFlags>()
  const said = <K extends keyof RunFlags, T>(
    name: K,
    read: (value: NonNullable<RunFlags[K]>) => T,
  ) => {
    const value = flags[name]
    const isSaid = command.getOptionValueSource(name) === 'cli'
    return isSaid && value !== undefined ? read(value) : undefined
  }
  return {
    targets: said('target', (names) => names.map(checkTargetName)),
    devices: said('device', (names) => names),
    clones: said('clone', (names) => names),
    hotkey: said('hotkey', parseHotkey),
    panic: said('panic', parseHotkey),
    hostMode: said('hostMode', (mode) => mode),
    repeat: said('repeat', (word) => word === 'on'),
    realtime: said('realtime', realtimePriority),
    logLevel: said('logLevel', (level) => level),
  }
}

function realtimePriority(text: string): number {
  if (text === 'off') return 0
  const priority = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (priority >= 1 && priority <= realtimeMax) return priority
  throw new EvswitchError('usage', `bad real-time priority ${JSON.stringify(text.slice(0, 20))}`, {
    remedy: `say a number from 1 to ${realtimeMax}, or off`,
  })
}

/** An option that may be given more than once. */
export function repeatable(flag: string, description: string): Option {
  return new Option(flag, description).argParser(
    (value: string, before: readonly string[] = []) => [...before, value],
  )
}
