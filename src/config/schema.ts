import { usualGroup } from '../control/group.ts'
import { codes } from '../engine/code-table.ts'
import { logLevels } from '../log-levels.ts'
import { commandLine } from './hook-types.ts'
import {
  clonesMax,
  guestsMax,
  hookDebounceMsMax,
  hooksMax,
  hookTimeoutMsMax,
  hookTimeoutMsMin,
  hotkeysMax,
  mapEntriesMax,
  sourcesMax,
} from './limits.ts'
import { axisRules, keyList, keyRules, rate } from './map-types.ts'
import type { Setting } from './setting.ts'
import {
  addressList,
  ipAddress,
  layoutNamesOf,
  screenName,
  screenSize,
  serverAddress,
  usualPort,
} from './share-types.ts'
import {
  choice,
  decimal,
  deviceName,
  flag,
  groupName,
  hookName,
  keys,
  otherSocketPath,
  realtime,
  socketPath,
  targetName,
  targetReference,
  type ValueType,
  wholeNumber,
} from './value-types.ts'

/** One key of a table. */
export interface Field<T = unknown, P extends Presence = Presence> {
  readonly kind: 'field'
  readonly type: ValueType<T>
  readonly presence: P
  /** Undefined unless the presence is 'default'. */
  readonly default: T | undefined
  /** Sentences for the reference, in Markdown. */
  readonly about: string
}

/** A key must be there, may be left out, or has a default. */
type Presence = 'required' | 'optional' | 'default'

export type Fields = Readonly<Record<string, Field>>

/** A table that is there once: `[host]`. One within another has both names: `[share.join]`. */
export interface Group<F extends Fields = Fields> {
  readonly kind: 'group'
  readonly fields: F
  readonly about: string
}

/** An array of tables: `[[target]]`. */
export interface List<F extends Fields = Fields> {
  readonly kind: 'list'
  readonly fields: F
  /** The entries that there are when the file has none; with the first of the file they are gone. */
  readonly defaults: readonly Values<F>[]
  readonly max: number
  /** What it means that there is no entry, for a file that says so by an empty array. */
  readonly whenEmpty: string
  readonly about: string
}

export type Schema = Readonly<Record<string, Field | Group | List>>

type ValueOf<F> =
  F extends Field<infer T, infer P> ? ('optional' extends P ? T | undefined : T) : never

type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** The settings of a table. */
export type Settings<F extends Fields> = { readonly [K in keyof F]: Setting<ValueOf<F[K]>> }

type Shape<S> = {
  readonly [K in keyof S]: S[K] extends Group<infer F>
    ? Settings<F>
    : S[K] extends List<infer F>
      ? readonly Settings<F>[]
      : Setting<ValueOf<S[K]>>
}

function required<T>(type: ValueType<T>, about: string): Field<T, 'required'> {
  return { kind: 'field', type, presence: 'required', default: undefined, about }
}

function optional<T>(type: ValueType<T>, about: string): Field<T, 'optional'> {
  return { kind: 'field', type, presence: 'optional', default: undefined, about }
}

function withDefault<T>(type: ValueType<T>, value: NoInfer<T>, about: string): Field<T, 'default'> {
  return { kind: 'field', type, presence: 'default', default: value, about }
}

function group<F extends Fields>(fields: F, about: string): Group<F> {
  return { kind: 'group', fields, about }
}

function list<F extends Fields>(
  fields: F,
  options: Omit<List<NoInfer<F>>, 'kind' | 'fields'>,
): List<F> {
  return { kind: 'list', fields, ...options }
}

const { KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC } = codes

/** Both Ctrl keys: no program uses them together, and QEMU's own toggle, which does, never sees both. */
const usualHotkey = [KEY_LEFTCTRL, KEY_RIGHTCTRL]
/** The switch keys and one more, so that nothing else can be meant. */
const usualPanic = [KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC]

/** What a hook can wait for. */
export const hookEvents = [
  'enter',
  'leave',
  'guest-started',
  'guest-ended',
  'device-arrived',
  'device-departed',
  'hotkey',
  'panic',
] as const

/** Everything that a configuration can say. What is not here is an error in a file. */
export const schema = {
  panic: withDefault(
    keys,
    usualPanic,
    'The panic chord: gives everything back to this machine, whatever the guests do. It may contain a ' +
      'hotkey, as it does by default; a hotkey that contains it could never act and is refused.',
  ),
  'keep-on-host': optional(
    keyList,
    'Keys that stay with this machine while a guest has the input, as volume keys do for most people. It reads them from a ' +
      'keyboard node of evswitch. `[[map]]` has the last word.',
  ),
  source: list(
    {
      device: required(
        deviceName,
        'An identity as `evswitch devices` and `evswitch identify` show it, a link in ' +
          '`/dev/input/by-id` or `by-path`, a path, or a part of a name that fits one device only. ' +
          'One that is not there at the start is taken when it comes, as long as another one is there.',
      ),
      target: optional(
        targetReference,
        '`host`: the device stays with this machine, whatever has the input. evswitch does not read it, so ' +
          'it works for no hotkey, the panic chord included. The name of a target: the device is always that ' +
          "guest's, as long as a machine has opened its nodes. Entries with a target leave all other devices to be " +
          'taken.',
      ),
    },
    {
      defaults: [],
      max: sourcesMax,
      whenEmpty: 'leave it out to take every keyboard and mouse',
      about:
        'A device to take while a guest has the input, or to leave alone. Without any to take, every real ' +
        'keyboard and mouse is taken. `evswitch identify --write FILE` adds these entries.',
    },
  ),
  clone: list(
    {
      device: required(
        deviceName,
        'As for a source. One that is not there at the start is cloned when it comes, and a machine that runs has to be ' +
          'given it then; by an identity or a link, which mean one node, the others keep their numbers meanwhile.',
      ),
      target: optional(
        targetReference,
        'The guest that is given the clone. Without it every guest is; for some of them there can be an entry each.',
      ),
    },
    {
      defaults: [],
      max: clonesMax,
      whenEmpty: 'leave it out to clone nothing',
      about:
        'A gamepad, tablet, touchpad or touchscreen of which a guest is given a clone, event for event, beside its keyboard ' +
        'and mouse. While that guest has the input it has the device, too; otherwise the device is with this machine. The ' +
        'nodes are `/dev/input/by-id/evswitch-NAME-event-clone1` and so on, in the order of the entries.',
    },
  ),
  target: list(
    {
      name: required(
        targetName,
        'Letters, digits, dot, underscore and hyphen, at most 32. The nodes of the target are ' +
          '`/dev/input/by-id/evswitch-NAME-event-kbd` and `...-event-mouse`.',
      ),
      kind: withDefault(
        choice('uinput', 'barrier'),
        'uinput',
        '`uinput`: a keyboard and a mouse node on this machine, for a guest of QEMU to open. `barrier`: a computer that runs a ' +
          'client of Barrier, Input Leap or Deskflow: see `[share.serve]`.',
      ),
      profile: withDefault(
        choice('input-linux', 'windows-virtio'),
        'input-linux',
        'What the reader of the nodes can take. `input-linux`: QEMU, by the object of that name. `windows-virtio`: the ' +
          'same with a virtio mouse in a Windows guest, whose driver cuts motion at 127 counts a frame: evswitch sends ' +
          'more of it as several frames.',
      ),
      repeat: withDefault(
        flag,
        true,
        "Whether key repeats are sent. QEMU's PS/2 keyboard needs them; a guest with a USB or virtio " +
          'keyboard repeats by itself and wants `false`.',
      ),
      'on-start': withDefault(
        choice('stay', 'enter'),
        'stay',
        'What happens when a machine opens the keyboard or the mouse node: the input stays where it is, or goes to the guest (`enter`), ' +
          'within two seconds.',
      ),
      'max-rate': optional(
        rate,
        'Frames of motion a second that the guest is sent at most, for one that lags or drops what a fast mouse sends. What ' +
          'comes meanwhile is added up and lost never; keys and buttons are not delayed.',
      ),
      qmp: optional(
        otherSocketPath,
        "The Unix socket of a QMP monitor of the guest's QEMU, for evswitch alone: `-qmp unix:PATH,server=on,wait=off`. When the " +
          'machine is paused, saved, put to sleep or shut down, this machine has the input at once, and no key is stuck when ' +
          'it goes on. evswitch only listens there.',
      ),
      keep: optional(
        keyList,
        'Keys that go to this guest whatever has the input, while its nodes are open. While this machine has the input it ' +
          'sees them, too, unless `[host] mode` is `proxy`.',
      ),
      screen: optional(
        screenName,
        'Of a `barrier` target: what its client calls itself. Without it: the name of the target.',
      ),
      client: optional(
        choice('barrier', 'deskflow-x11', 'qemu'),
        'Of a `barrier` target: what runs there. `deskflow-x11`: Deskflow on X11, which has left and right of the wheel the other ' +
          'way round. `qemu`: the client within QEMU (`-object input-barrier`), which numbers keys in a way of its own. Without ' +
          'it: `barrier`, which all others are.',
      ),
      plain: optional(
        flag,
        'Of a `barrier` target: whether it comes without TLS, from one of `plain-addresses`; it is refused with TLS then. ' +
          "QEMU's client knows no TLS. Without it: `false`.",
      ),
      pointer: optional(
        choice('absolute', 'relative'),
        'Of a `barrier` target: whether it is told where the pointer is, which suits desktops, or how far the mouse has moved, ' +
          'which suits games. Without it: `absolute`.',
      ),
      speed: optional(
        decimal(0.1, 10),
        'Of a `barrier` target: pixels for a count of the mouse. Without it: 1.',
      ),
      acceleration: optional(
        decimal(0, 10),
        'Of a `barrier` target: how much faster fast motion is: 0 not at all, 1 twice. Without it: 0.',
      ),
      'smooth-wheel': optional(
        flag,
        'Of a `barrier` target: whether it is sent parts of a notch of the wheel, too, as clients on Windows and macOS understand ' +
          'them. Without it: `false`.',
      ),
    },
    {
      defaults: [
        {
          name: 'guest',
          kind: 'uinput',
          profile: 'input-linux',
          repeat: true,
          'on-start': 'stay',
          'max-rate': undefined,
          qmp: undefined,
          keep: undefined,
          screen: undefined,
          client: undefined,
          plain: undefined,
          pointer: undefined,
          speed: undefined,
          acceleration: undefined,
          'smooth-wheel': undefined,
        },
      ],
      max: guestsMax,
      whenEmpty: 'leave it out for one target named guest',
      about:
        'A guest, in the order in which the hotkeys go through them. This machine is always there, and ' +
        'first, by the name `host`.',
    },
  ),
  hotkey: list(
    {
      keys: required(keys, 'Up to four keys. It acts when the last of them goes down.'),
      action: required(
        choice('next', 'previous', 'switch', 'lock', 'hook'),
        '`next` and `previous` go through the targets and `host` in order; `switch` goes to `target`, ' +
          'and from there back to `host`. `lock`: hotkeys do not switch until it is pressed again; the panic chord and ' +
          'commands do, and end it. `hook`: nothing, but whoever listens to evswitch is told the name `hook`.',
      ),
      target: optional(targetReference, 'Where `switch` goes: the name of a target, or `host`.'),
      hook: optional(hookName, 'What `hook` tells.'),
    },
    {
      defaults: [{ keys: usualHotkey, action: 'next', target: undefined, hook: undefined }],
      max: hotkeysMax,
      whenEmpty: 'leave it out to switch by both Ctrl keys',
      about:
        'Keys that switch. With the first entry the default is gone: both Ctrl keys, `next`. Keys are ' +
        "the kernel's names (`KEY_SCROLLLOCK`, `scrolllock`, `btn_side`) or codes, joined by `+`; they " +
        'may be on different devices.',
    },
  ),
  map: list(
    {
      device: optional(
        deviceName,
        'Whose keys: a name as in `[[source]]`; all nodes that it fits. Without it: those of every device.',
      ),
      target: optional(
        targetReference,
        'Only while this target has the input. Without it: while any has. Of two rules for one key that of the named ' +
          'device counts, then that for the named target.',
      ),
      keys: optional(
        keyRules,
        'Left what is pressed: a key or button by its name or code, keys that are held and one more (`"leftctrl+q"`), or a ' +
          'detent of a wheel (`wheel-up`, `wheel-down`, `wheel-left`, `wheel-right`). Right what it shall be: up to four keys, ' +
          'down while it is (`"leftctrl+c"`); keys of another target (`"host: mute"`); `"block"`: nothing; ' +
          '`"switch next"`, `"switch previous"`, `"switch win10"` (and from there back), and `"release"`, which gives everything back to this ' +
          'machine; `"lock"`: hotkeys do not switch until it is pressed again; `"hook NAME"`, which the service tells; `"scroll"` or `"scroll 15"`: motion turns the wheels while it is held, a detent for so many ' +
          'counts, and alone it is itself; or a macro, an array of keys that are tapped, `"leftshift down"`, ' +
          '`"leftshift up"`, and waits in milliseconds: `["leftmeta+r", 200, "c"]`, at most 10 s. What a rule presses is not mapped ' +
          'again, so two lines swap two keys. The held keys of a trigger go up for the target when the rule acts.',
      ),
      axes: optional(
        axisRules,
        'Left `x`, `y`, `wheel` or `hwheel`. Right `"invert"`, `"scale 0.5"` (1/64 to 64; what is less than one count is ' +
          'kept for the next frame), another axis of the same kind, or several of these by comma.',
      ),
    },
    {
      defaults: [],
      max: mapEntriesMax,
      whenEmpty: 'leave it out to pass everything on as it is',
      about:
        'Keys, buttons, wheels and motion that shall be something else, at most 256 rules in all. While this machine reads its ' +
        'devices itself (`[host] mode = "release"`) only what is a `switch`, a `release`, or for another target has an ' +
        'effect there. Hotkeys and the panic chord look at what fingers press, so no rule can hide them. ' +
        '`evswitch map test` shows what each target would receive.',
    },
  ),
  hook: list(
    {
      on: required(
        choice(...hookEvents),
        '`enter` and `leave`: a target, `host` included, gets or loses the input. `guest-started` and `guest-ended`: a machine ' +
          'opens the nodes of a target, or leaves them; a screen connects, or goes. `device-arrived` and `device-departed`: a device that evswitch takes. ' +
          '`hotkey`: a hotkey or a map asks for a hook. `panic`: the panic chord, or `evswitch release`.',
      ),
      target: optional(
        targetReference,
        'Only for this target. Without it: for all. Of `enter`, `leave`, `guest-started` and `guest-ended`.',
      ),
      hook: optional(hookName, 'Only for this name, which the hotkey or map tells. Of `hotkey`.'),
      run: required(
        commandLine,
        'A program and its arguments, each a text of its own. There is no shell in between; who wants one writes it: ' +
          '`["sh", "-c", "..."]`.',
      ),
      'timeout-ms': withDefault(
        wholeNumber(hookTimeoutMsMin, hookTimeoutMsMax),
        10_000,
        'How long it may take. Then it is ended, with all that it has started.',
      ),
      'debounce-ms': withDefault(
        wholeNumber(0, hookDebounceMsMax),
        100,
        'How long the event must be the last one of its kind before the program is started; what comes and goes within this ' +
          'time starts nothing.',
      ),
    },
    {
      defaults: [],
      max: hooksMax,
      whenEmpty: 'leave it out to run nothing',
      about:
        'A program that `evswitch agent` runs, as you. It stands in your own file; the service runs nothing, and has no use for ' +
        'it. [hooks.md](hooks.md) has examples, and tells what a program finds in its environment.',
    },
  ),
  agent: group(
    {
      notify: withDefault(
        choice('off', 'trouble', 'switches'),
        'trouble',
        'What the desktop shows a notification for. `trouble`: a switch that was refused, a device that cannot be taken, a ' +
          'warning, the panic chord. `switches`: every switch, too.',
      ),
      'inhibit-idle': withDefault(
        flag,
        true,
        'Whether the screen is kept on, and unlocked, while a guest has the input: this machine sees no activity then.',
      ),
      'inhibit-sleep': withDefault(
        flag,
        true,
        'Whether this machine may not go to sleep while a guest has the input.',
      ),
    },
    'What `evswitch agent` does in your session, besides hooks. Like them it stands in your own file.',
  ),
  host: group(
    {
      mode: withDefault(
        choice('release', 'proxy'),
        'release',
        '`release`: this machine reads its devices itself, and they are taken only while a guest has the ' +
          'input. `proxy`: it reads nodes of evswitch, which keeps the devices all the time.',
      ),
      indicator: withDefault(
        flag,
        false,
        'Whether Scroll Lock is lit on the keyboards while a guest has the input, whatever the guest wants of that lamp.',
      ),
    },
    'This machine.',
  ),
  engine: group(
    {
      realtime: withDefault(
        realtime,
        20,
        'Priority of the input thread under SCHED_FIFO, or `"off"`. Where the system refuses it, evswitch ' +
          'goes on without, and warns.',
      ),
    },
    'The part that moves the input.',
  ),
  control: group(
    {
      socket: optional(
        socketPath,
        'Where commands like `evswitch status` find it, or `"off"`. Without it: `/run/evswitch/control.sock` for the service ' +
          'of the machine and for root, `$XDG_RUNTIME_DIR/evswitch/control.sock` for others.',
      ),
      group: withDefault(
        groupName,
        usualGroup,
        'Its members may look and switch; they can read no key. Where there is no such group only root, and the user that ' +
          'evswitch runs as, may.',
      ),
    },
    'How others ask and switch a running evswitch: see [control.md](control.md).',
  ),
  'share.join': group(
    {
      server: optional(
        serverAddress,
        'The computer whose keyboard and mouse come here, and its port where that is not 24800.',
      ),
      name: optional(
        screenName,
        'What the server calls this screen. Without it: the name of this machine up to the first dot.',
      ),
      screen: optional(
        screenSize,
        'The size that the server is told, in pixels. Without it: that of the connected displays, side by side.',
      ),
      'server-keys': optional(
        choice('auto', 'x11', 'kbd', 'windows', 'macos', 'keyid'),
        'How the server numbers its keys. Without it: `auto`, which finds out by the first keys that are typed. `keyid`: by ' +
          'what they type, as if this machine had a US layout.',
      ),
      plain: optional(
        flag,
        'Whether the connection is without TLS. Everybody on the way can then read what is typed, passwords included, and type ' +
          'here. Without it: `false`.',
      ),
    },
    'The keyboard and mouse of a Barrier, Input Leap or Deskflow server for this machine: see [share.md](share.md). There is none ' +
      'without `server`.',
  ),
  'share.serve': group(
    {
      address: optional(
        ipAddress,
        'The address of this machine at which screens connect. Without it: all of its addresses.',
      ),
      port: optional(
        wholeNumber(1, 65_535),
        `The port at which they do. Without it: ${usualPort}.`,
      ),
      layout: optional(
        layoutNamesOf('layout'),
        'The keyboard layout that says what a key means, as in `de`, or `us,ru`: other computers are told characters, not keys. ' +
          'Without it: the one that this machine was set up with.',
      ),
      variant: optional(layoutNamesOf('variant'), 'Of the layout, as in `nodeadkeys`.'),
      options: optional(layoutNamesOf('options'), 'Of the layout, as in `caps:escape`.'),
      'plain-addresses': optional(
        addressList,
        'Addresses that may connect without TLS, for targets that are `plain`. Everybody on the way can read what is typed there, ' +
          'and whoever has such an address can claim to be such a screen. All others have to speak TLS, with a certificate that ' +
          '`evswitch share trust` has accepted.',
      ),
    },
    'How screens of other computers come here: targets of the kind `barrier`. Without such a target nobody listens. See ' +
      '[share.md](share.md).',
  ),
  log: group(
    { level: withDefault(choice(...logLevels), 'warn', 'How much is logged. Keys never are.') },
    'The log on stderr.',
  ),
} as const satisfies Schema

type DraftSettings<F extends Fields> = {
  readonly [K in keyof F]: Setting<ValueOf<F[K]>> | undefined
}

type DraftShape<S> = {
  readonly [K in keyof S]: S[K] extends Group<infer F>
    ? DraftSettings<F>
    : S[K] extends List<infer F>
      ? readonly DraftSettings<F>[]
      : Setting<ValueOf<S[K]>> | undefined
}

/** A configuration that is being read: values that could not be understood are missing. */
export type DraftConfig = DraftShape<typeof schema>

/** A configuration whose every value is checked, with the origin of each. */
export type Config = Shape<typeof schema>

export type HotkeySettings = Config['hotkey'][number]
export type TargetSettings = Config['target'][number]
export type CloneSettings = Config['clone'][number]
export type SourceSettings = Config['source'][number]
export type MapSettings = Config['map'][number]
export type HookSettings = Config['hook'][number]

/** Whether a target is the screen of another computer, which has no nodes here. */
export function isScreen({ kind }: TargetSettings): boolean {
  return kind.value === 'barrier'
}

/** Whether a device belongs to one target, whatever has the input. */
export function isPinned({ target }: SourceSettings): boolean {
  return target.value !== undefined
}
