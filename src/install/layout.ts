import { join } from 'node:path'

/** Where an installation goes. */
export interface InstallPlace {
  /** Put before every path, for packagers; '' = this system. */
  readonly destdir: string
  /** '/usr/local', or '/usr' in a package. */
  readonly prefix: string
}

/** Where everything of an installation is, without the destdir. */
export interface Layout {
  /** The program and what it needs at run time. */
  readonly program: string
  /** What people call. */
  readonly command: string
  readonly doc: string
  /** Manual pages and completion for shells are below it. */
  readonly share: string
  readonly units: string
  /** Units of users' own systemd. */
  readonly userUnits: string
  readonly udevRules: string
  readonly sysusers: string
  readonly modulesLoad: string
  readonly configuration: string
  /** What was put where; see manifest.ts. */
  readonly manifest: string
}

/** Folders in which systemd and udev look for files of the system, beside /etc. */
const searchedPrefixes = ['/usr', '/usr/local']

/** The layout for a prefix, which is absolute. Files of systemd and udev go to /etc where they do not look below it. */
export function layoutOf(prefix: string): Layout {
  const program = join(prefix, 'lib/evswitch')
  const isSearched = searchedPrefixes.includes(prefix)
  const system = (folder: string) =>
    isSearched ? join(prefix, 'lib', folder) : join('/etc', folder)
  return {
    program,
    command: join(prefix, 'bin/evswitch'),
    doc: join(prefix, 'share/doc/evswitch'),
    share: join(prefix, 'share'),
    units: system('systemd/system'),
    userUnits: system('systemd/user'),
    udevRules: system('udev/rules.d'),
    sysusers: system('sysusers.d'),
    modulesLoad: system('modules-load.d'),
    configuration: '/etc/evswitch',
    manifest: join(program, 'manifest.json'),
  }
}
