import { logLevels } from '../log-levels.ts'
import { limits } from './limits.ts'
import {
  about,
  anything,
  count,
  type Fields,
  flag,
  type Infer,
  list,
  object,
  optional,
  type Shape,
  text,
  titled,
  word,
} from './shape.ts'

/**
 * Raised when a method, a field or a notification goes or changes its meaning. What is only added raises
 * nothing: clients pass over what they do not know.
 */
export const protocolVersion = 1

/** The subprotocol of the WebSocket; who asks for none is given this one. */
export const subprotocol = `evswitch.v${protocolVersion}`

interface Method<P extends Shape<unknown>, R extends Shape<unknown>> {
  readonly params: P
  readonly result: R
  readonly about: string
}

function method<P extends Shape<unknown>, R extends Shape<unknown>>(
  params: P,
  result: R,
  about: string,
): Method<P, R> {
  return { params, result, about }
}

const none = object({})

const target = text('The name of a target; `host` is this machine.', { max: 64 })

const deviceFields = {
  node: text('As in `/dev/input/event3`.'),
  name: text('As the device calls itself, made printable.'),
  kind: text('`keyboard`, `mouse`, `touchpad` ...'),
  identity: text('The name that stays across replugs; a configuration takes it.'),
} as const satisfies Fields

const device = titled('device', object(deviceFields, 'An input device.'))

const latency = titled(
  'latency',
  object(
    {
      count: count(
        'How many there were since the start; the others are missing when there was none.',
      ),
      meanNs: optional(count()),
      p50Ns: optional(count('Half of them took at most so long; known within 1/32.')),
      p99Ns: optional(count()),
      p999Ns: optional(count()),
      maxNs: optional(count()),
    },
    'How long something took, in ns.',
  ),
)

const isScreen = flag('Whether it is the screen of another computer; missing where it is not.')

const status = object({
  evswitch: text('Version of the program.'),
  pid: count('Of the service.'),
  startedAt: text('ISO 8601.'),
  config: optional(text('The file that holds; missing when there is none.')),
  active: target,
  activeSince: text('ISO 8601.'),
  locked: flag('Whether the hotkeys that switch are off.'),
  targets: list(
    object({
      name: target,
      consumed: flag(
        'Whether somebody reads it: a machine has opened its nodes, or a computer is connected as the screen. True for `host`.',
      ),
      consumedSince: optional(text('ISO 8601; missing while nobody reads it, and for `host`.')),
      nodes: list(text(), 'What a machine is to open; empty for `host` and for screens.'),
      screen: optional(isScreen),
    }),
    'In the order of the hotkeys, `host` first.',
  ),
  devices: list(device, 'Those that are taken while a guest has the input.'),
  cloned: list(device, 'Those that guests have clones of.'),
  left: list(
    object({ ...deviceFields, reason: text() }),
    'Keyboards and pointers that stay with this machine.',
  ),
  latency: object({
    mouse: about(latency, 'From the stamp of the kernel to the write, for motion.'),
    key: about(latency, 'The same for keys and buttons.'),
    switch: about(latency, 'From the stamp of the completing press to the new routing.'),
    ungrab: about(latency, 'From the new routing to the last device given back.'),
  }),
  counters: object({
    framesIn: count(),
    framesOut: count(),
    switches: count(),
    refusals: count('Switches to a target that nobody reads.'),
    panics: count(),
    drops: count('Overruns in the kernel; the keys were read anew.'),
    writeErrors: count(),
    eventsLost: count('Records of the engine that did not fit.'),
  }),
  realtimePriority: count('SCHED_FIFO priority of the input thread, 0 = none.'),
  warnings: list(text(), 'What works, but not as well as it could.'),
})

export type Status = Infer<typeof status>

const logFields = {
  time: text('ISO 8601.'),
  level: word(logLevels),
  msg: text(),
  data: optional(anything('An object: what the message is about.')),
} as const satisfies Fields

const logLine = titled('log line', object(logFields, 'What the log on stderr says, too.'))

export type LogLine = Infer<typeof logLine>

const reloadFields = {
  changes: list(text(), 'A sentence for each change.'),
  later: list(text(), 'A sentence for what cannot change before the next start.'),
} as const satisfies Fields

const switchReasons = [
  'command',
  'hotkey',
  'panic',
  'consumer-gone',
  'removed',
  'stop',
  'resumed',
] as const

/** What is told without being asked for, to those who subscribed. No key is ever in it. */
export const notifications = {
  switched: object(
    {
      target,
      previous: target,
      reason: word(switchReasons),
      latencyNs: optional(count('Since the press that asked for it; missing when none did.')),
    },
    'Another target has the input.',
  ),
  refused: object(
    { target, screen: optional(isScreen) },
    'The target stays inactive: nobody reads its nodes, or is connected as the screen.',
  ),
  locked: object({ locked: flag() }, 'The hotkeys that switch were turned off, or on again.'),
  hook: object(
    { hook: text('Its name in the configuration.'), target: about(target, 'Who has the input.') },
    'A hotkey asks for a hook. The service runs nothing: who runs hooks listens here.',
  ),
  resumed: object({}, 'The machine had slept. Everything was looked at anew; `host` is active.'),
  reloaded: object(reloadFields, 'The configuration was read anew.'),
  panic: object({}, 'The panic chord, or a command, gave everything back to this machine.'),
  consumer: object(
    { target, present: flag(), screen: optional(isScreen) },
    'A machine opened the nodes of a target, or left; a computer connected as a screen, or went.',
  ),
  'device-arrived': object({ device }, 'A device was taken.'),
  'device-departed': object({ device }, 'A device that had been taken is gone.'),
  'device-failed': object(
    { device, code: text(), message: text() },
    'A device that was to be taken cannot be.',
  ),
  'device-waiting': object(
    { node: text(), reason: text() },
    'A node that may be a keyboard or mouse cannot be looked at yet.',
  ),
  warning: object(
    { text: text(), remedy: optional(text()) },
    'Something works, but not as well as it could.',
  ),
  log: object(logFields, 'A line of the log. Only for who asks for it by name.'),
} as const

export type NotificationName = keyof typeof notifications
export type Notification<N extends NotificationName> = Infer<(typeof notifications)[N]>

export const notificationNames = Object.keys(notifications) as NotificationName[]

/** What `subscribe` means without a list: `log` is much, and few want it. */
export const usualNotifications = notificationNames.filter((name) => name !== 'log')

const notificationName = titled('name of a notification', word(notificationNames))

/** Everything that a client can ask for. */
export const methods = {
  status: method(none, status, 'Who has the input, since when, and how well it works.'),
  switch: method(
    object({
      to: text('The name of a target, `host`, `next` or `previous`.', { max: 64 }),
    }),
    object({
      outcome: word(
        ['switched', 'not-consumed'],
        '`not-consumed`: nobody reads the nodes of the target, or is connected as the screen, and the input stays where it is.',
      ),
      target: text('Who was meant.'),
      active: text('Who has the input now.'),
    }),
    'Gives the input to a target. `next` and `previous` pass over targets that nobody reads.',
  ),
  release: method(
    object({
      target: optional(
        text(
          'A guest that takes keys for pressed that are not: they are pressed and released there.',
          {
            max: 64,
          },
        ),
      ),
    }),
    object({
      outcome: word(
        ['released', 'repaired', 'not-consumed'],
        '`repaired`: of a target. `not-consumed`: nobody reads it.',
      ),
      active: target,
    }),
    'Without a target it does what the panic chord does: everything is given back to this machine.',
  ),
  reload: method(
    none,
    object(reloadFields),
    'Reads the configuration anew and does what is otherwise in it. An error in the file is an error here, and then ' +
      'everything stays as it is.',
  ),
  subscribe: method(
    object({
      events: optional(
        list(notificationName, 'Default: all but `log`.', { max: notificationNames.length }),
      ),
    }),
    object({ events: list(notificationName) }),
    'From now on the client is told these, in place of what it was told before.',
  ),
  log: method(
    object({
      lines: optional(count('How many of the last lines. Default: all.', { max: limits.logLines })),
    }),
    object({ lines: list(logLine, 'The oldest first.') }),
    `The last lines of the log, of ${limits.logLines} that are kept.`,
  ),
} as const

export type MethodName = keyof typeof methods
export type Params<M extends MethodName> = Infer<(typeof methods)[M]['params']>
export type Result<M extends MethodName> = Infer<(typeof methods)[M]['result']>

/** The first thing that a client hears, asked for by nobody. */
export const hello = object({
  protocol: count('The version of this page.'),
  evswitch: text('Version of the program.'),
})

export type Hello = Infer<typeof hello>

/** What the reference tells in a place of its own. */
export const objects: readonly Shape<unknown>[] = [device, latency, logLine]
