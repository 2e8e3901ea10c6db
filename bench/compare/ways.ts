/** What is compared, each as its documentation says it is run, and what is not, with the reason. */

import { join } from 'node:path'
import { BENCH_DIR, BUILD_DIR } from '../added/build.ts'
import { type Forwarder, forwarderPriority, listForwarders } from '../added/forwarders.ts'

export type WayGroup = 'reference' | 'evswitch' | 'JavaScript' | 'peer'

/** A forwarder, and what the report says of it. `{role}` in its command becomes `mouse` or `keyboard`. */
export type Way = Forwarder & {
  readonly group: WayGroup
  readonly what: string
  /** Debian packages that it is made of. */
  readonly packages?: readonly string[]
}

export type Unmeasured = { readonly name: string; readonly reason: string }

/** Files that are written inside the machine before anything is measured. */
export const configurations: Readonly<Record<string, string>> = {
  '/run/bench-guest.toml': configuration('[[target]]', 'name = "bench"', 'on-start = "enter"'),
  '/run/bench-host.toml': configuration('[host]', 'mode = "proxy"', '[[target]]', 'name = "bench"'),
}

function configuration(...lines: string[]): string {
  const engine = ['[engine]', `realtime = ${forwarderPriority}`, '[control]', 'socket = "off"']
  return `${[...engine, ...lines].join('\n')}\n`
}

/** Node reads and compiles its modules, and its collector finds its pace, before frames are timed. */
const NODE_SETTLE_MS = 3000
const CHRT = ['chrt', '--fifo', String(forwarderPriority)]

export function listWays(): readonly Way[] {
  return [...references(), ...evswitches(), ...javaScripts(), ...peers()]
}

function references(): readonly Way[] {
  const what: Readonly<Record<string, string>> = {
    blocking: 'C, read and write; one device, nothing else',
    epoll: 'C, epoll_wait, read and write: the reference of the ratios',
    evswitch: 'the engine alone, without Node',
  }
  return listForwarders(BUILD_DIR).map((forwarder) => ({
    ...forwarder,
    name: forwarder.name === 'evswitch' ? 'evswitch engine' : forwarder.name,
    group: forwarder.name === 'evswitch' ? 'evswitch' : 'reference',
    what: what[forwarder.name] ?? '',
  }))
}

function evswitches(): readonly Way[] {
  const program = (config: string) => [
    ...[process.execPath, join(BENCH_DIR, '..', 'dist', 'cli', 'main.js'), 'run', '--json'],
    ...['--config', config, '--device', '{device}'],
  ]
  const way = { group: 'evswitch', makeTarget: 'evswitch', settleMs: NODE_SETTLE_MS } as const
  return [
    {
      ...way,
      name: 'evswitch run, guest',
      what: "the whole program, to a guest's node",
      command: program('/run/bench-guest.toml'),
      destination: '/dev/input/by-id/evswitch-bench-event-{kind}',
    },
    {
      ...way,
      name: 'evswitch run, host',
      what: 'the whole program, to a proxied host',
      command: announced('evswitch host {role}', program('/run/bench-host.toml')),
    },
  ]
}

function javaScripts(): readonly Way[] {
  const way = (name: string, how: string, what: string): Way => ({
    name,
    what,
    group: 'JavaScript',
    makeTarget: 'all',
    settleMs: NODE_SETTLE_MS,
    command: [
      ...[join(BUILD_DIR, 'hand-over'), '--device', '{device}', '--fifo', `${forwarderPriority}`],
      ...['--', process.execPath, join(BENCH_DIR, 'reference', 'forward.mjs'), how],
    ],
  })
  return [
    way('Node, readSync', 'sync', 'readSync and writeSync; one device, nothing else'),
    way('Node, read', 'callback', 'read with a callback and writeSync'),
    way('Node, streams', 'stream', 'createReadStream piped to createWriteStream'),
  ]
}

function peers(): readonly Way[] {
  const interception = join(BENCH_DIR, 'peers', 'interception.sh')
  const pipeline = (...more: string[]) =>
    announced('', [interception, '{device}', String(forwarderPriority), ...more])
  return [
    {
      name: 'interception-tools',
      what: '`interception -g NODE \\| uinput -d NODE`',
      group: 'peer',
      makeTarget: 'all',
      packages: ['interception-tools'],
      command: pipeline(),
    },
    {
      name: 'interception, mux',
      what: '`interception -g NODE \\| mux -o M`, `mux -i M \\| uinput -d NODE`',
      group: 'peer',
      makeTarget: 'all',
      packages: ['interception-tools'],
      command: pipeline('--mux'),
    },
    {
      name: 'python3-evdev',
      what: 'its tutorial: `for event in device.read_loop(): clone.write_event(event)`',
      group: 'peer',
      makeTarget: 'all',
      packages: ['python3-evdev'],
      command: [...CHRT, '/usr/bin/python3', join(BENCH_DIR, 'peers', 'evdev-loop.py'), '{device}'],
      settleMs: 1000,
    },
  ]
}

/** For a program that does not say which node it made; that has this name, or its device's where it is empty. */
function announced(name: string, command: readonly string[]): readonly string[] {
  const announce = join(BENCH_DIR, 'compare', 'announce.sh')
  return ['setsid', announce, '{device}', name, ...command]
}

const NOT_PACKAGED =
  'no package in Debian 12, which the lab runs; a build of ours would be no figure of theirs'

export const unmeasured: readonly Unmeasured[] = [
  { name: 'evsieve', reason: NOT_PACKAGED },
  { name: 'keyd', reason: 'no package in Debian 12; Debian 13 is the first that has one' },
  { name: 'netevent, persistent-evdev, kanata, rkvm', reason: NOT_PACKAGED },
  {
    name: 'Input Remapper',
    reason:
      'takes only devices that have a preset, by a service on the system bus: there is no way to run it that forwards a device as it is',
  },
  {
    name: 'Barrier, Input Leap, lan-mouse',
    reason: 'carry what a desktop made of the events, over a network; there is no node to read at',
  },
  {
    name: 'hardware KVM switches',
    reason: 'no virtual machine has one',
  },
]
