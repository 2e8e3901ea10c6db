import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { EvswitchError } from '../errors.ts'
import type { Layout } from './layout.ts'
import { shareUnitName, unitName } from './names.ts'

/** A file as it is to be. */
export interface WantedFile {
  /** Without the destdir. */
  readonly path: string
  readonly mode: 0o644 | 0o755
  readonly read: () => Buffer
}

export interface WantedOptions {
  /** Top of the checkout that is installed. */
  readonly source: string
  readonly layout: Layout
  /** The Node that the service runs with. */
  readonly node: NodeChoice
  /** Whether the service's systemd knows what came with version 254; see systemd/254.conf. */
  readonly knows254: boolean
  /** Whether the network share is installed, too. */
  readonly share: boolean
}

export interface NodeChoice {
  /** What the unit and the command name. */
  readonly path: string
  /** Where it is copied from: one in a home is out of the service's reach. */
  readonly copyOf?: string | undefined
}

const documents = [
  ...[
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'docs/configuration.md',
    'docs/service.md',
    'docs/share.md',
    'docs/benchmarking.md',
  ],
  ...[
    'openrc/evswitch',
    'openrc/evswitch-holder',
    'runit/evswitch/run',
    'runit/evswitch-holder/run',
  ],
]

/** What `npm run docs` makes of the commands, and where it is looked for below share. */
const shared: readonly (readonly [string, string])[] = [
  ['man/evswitch.1', 'man/man1/evswitch.1'],
  ['completions/evswitch', 'bash-completion/completions/evswitch'],
  ['completions/_evswitch', 'zsh/site-functions/_evswitch'],
  ['completions/evswitch.fish', 'fish/vendor_completions.d/evswitch.fish'],
]

/** Keeps nodes where systemd does not: native/holder. */
const holder = 'native/build/evswitch-holder'
/** Sends the frames of `evswitch bench`: native/bench. */
const metronome = 'native/build/metronome'

/** Homes and what ends with a boot: the service is to see none of them, and may not. */
const unreachable = ['/home/', '/root/', '/run/', '/tmp/', '/var/tmp/']

/** The Node that the service is to run with: this one, or a copy of it where the service could not reach it. */
export function chooseNode(path: string, layout: Layout): NodeChoice {
  if (!unreachable.some((folder) => path.startsWith(folder))) return { path }
  return { path: join(layout.program, 'bin/node'), copyOf: path }
}

/** Every file of an installation. Throws 'not-installed' when the source is no checkout, or is not built. */
export function wantedFiles(options: WantedOptions): WantedFile[] {
  const { source, layout, node } = options
  const copy = (from: string, path: string): WantedFile => ({
    path,
    mode: 0o644,
    read: () => readFileSync(join(source, from)),
  })
  const text = (path: string, content: string, mode: WantedFile['mode'] = 0o644): WantedFile => ({
    path,
    mode,
    read: () => Buffer.from(content),
  })
  const filled = (from: string, path: string) => text(path, fill(readText(source, from), options))
  const { copyOf } = node
  return [
    ...programFiles(source).map((file) => copy(file, join(layout.program, file))),
    { ...copy(holder, join(layout.program, 'bin/evswitch-holder')), mode: 0o755 },
    { ...copy(metronome, join(layout.program, metronome)), mode: 0o755 },
    ...(copyOf === undefined
      ? []
      : [{ path: node.path, mode: 0o755, read: () => readFileSync(copyOf) } as const]),
    text(layout.command, command(options), 0o755),
    ...unitFiles(source, 'systemd').map((file) =>
      filled(join('systemd', file), join(layout.units, file)),
    ),
    ...unitFiles(source, 'systemd/user').map((file) =>
      filled(join('systemd/user', file), join(layout.userUnits, file)),
    ),
    ...(options.knows254
      ? [copy('systemd/254.conf', join(layout.units, 'evswitch.service.d/254.conf'))]
      : []),
    ...(options.share
      ? [
          filled(`systemd/share/${shareUnitName}`, join(layout.units, shareUnitName)),
          copy('systemd/share/service.conf', join(layout.units, `${unitName}.d/share.conf`)),
          copy('systemd/share/sysusers.conf', join(layout.sysusers, 'evswitch-share.conf')),
        ]
      : []),
    copy('systemd/sysusers.conf', join(layout.sysusers, 'evswitch.conf')),
    copy('systemd/modules-load.conf', join(layout.modulesLoad, 'evswitch.conf')),
    copy('udev/70-evswitch.rules', join(layout.udevRules, '70-evswitch.rules')),
    copy('docs/config.example.toml', join(layout.configuration, 'config.example.toml')),
    ...shared.map(([file, place]) => copy(file, join(layout.share, place))),
    ...documents.map((file) => copy(file, join(layout.doc, file.replace('docs/', '')))),
  ]
}

function unitFiles(source: string, folder: string): string[] {
  if (!existsSync(join(source, folder))) return []
  return readdirSync(join(source, folder))
    .filter((file) => /\.(service|path|socket)$/.test(file))
    .sort()
}

/** What the program needs at run time, relative to the source. */
function programFiles(source: string): string[] {
  const library = 'native/build/libevswitch.so'
  if (!existsSync(join(source, 'package-lock.json'))) {
    throw new EvswitchError('not-installed', `${source} is an installed evswitch already`, {
      remedy: 'run this from a checkout of the version that is to be installed',
    })
  }
  if (!existsSync(join(source, 'dist/cli/main.js')) || !existsSync(join(source, library))) {
    throw new EvswitchError('not-installed', `evswitch in ${source} is not built`, {
      remedy: `run npm run build in ${source}`,
    })
  }
  const folders = ['dist', ...runtimePackages(source)]
  const files = folders.flatMap((folder) => filesBelow(source, folder))
  return ['package.json', library, ...new Set(files)]
}

interface LockedPackage {
  readonly dev?: boolean
}

/** The folders of the packages that are not for development only, as far as they are for this platform. */
function runtimePackages(source: string): string[] {
  const lock = JSON.parse(readText(source, 'package-lock.json')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>
  }
  return Object.entries(lock.packages)
    .filter(([folder, { dev = false }]) => folder !== '' && !dev)
    .map(([folder]) => folder)
    .filter((folder) => existsSync(join(source, folder)))
}

/** Files for those who develop a package; what a program reads is none of them. */
const isForDevelopers =
  /(^|\/)(\.[^/]*|tests?|docs?|examples?|benchmarks?|vendor)(\/|$)|\.(ts|map|md|cc|hh|c|h|cpp|S|asm|inc)$/
const isLicence = /(^|\/)licen[cs]e[^/]*$/i

function filesBelow(source: string, folder: string): string[] {
  const top = join(source, folder)
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(top, entry.parentPath), entry.name))
    .filter((file) => isLicence.test(file) || !isForDevelopers.test(file))
    .map((file) => join(folder, file))
    .sort()
}

function fill(template: string, { layout, node }: WantedOptions): string {
  const values: Readonly<Record<string, string>> = {
    NODE: node.path,
    PROGRAM: layout.program,
    DOC: layout.doc,
    COMMAND: layout.command,
  }
  return template.replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole)
}

function command({ layout, node }: WantedOptions): string {
  return `#!/bin/sh\nexec ${node.path} ${layout.program}/dist/cli/main.js "$@"\n`
}

function readText(source: string, file: string): string {
  return readFileSync(join(source, file), 'utf8')
}
