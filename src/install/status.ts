import { join } from 'node:path'
import { type InstallPlace, layoutOf } from './layout.ts'
import { hashOfFile, readManifest } from './manifest.ts'
import { serviceUser, uinputNode, unitName } from './names.ts'
import type { System } from './system.ts'

/** What stands of an installation, and what systemd says of its service. */
export interface InstallStatus {
  readonly prefix: string
  /** Undefined when nothing is installed there. */
  readonly version: string | undefined
  /** Files that are not what was installed. */
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  readonly hasUser: boolean
  /** Whether the service's user may make nodes. */
  readonly ownsUinput: boolean
  /** Undefined where systemd is not, or does not know the unit. */
  readonly unit: UnitStatus | undefined
}

export interface UnitStatus {
  /** 'enabled', 'disabled' ... */
  readonly enabled: string
  /** 'active', 'inactive', 'failed' ... */
  readonly active: string
  /** 'exit-code', 'watchdog' ... or 'success'. */
  readonly result: string
  /** 0 when it does not run. */
  readonly pid: number
  /** What it says of itself. */
  readonly text: string
  /** How often it came back by itself. */
  readonly restarts: number
  /** Nodes that outlive the process. */
  readonly storedNodes: number
  /** When it became what it is now; '' = never was. */
  readonly since: string
}

export function installStatus({ destdir, prefix }: InstallPlace, system: System): InstallStatus {
  const manifest = readManifest(join(destdir, layoutOf(prefix).manifest))
  const files = Object.entries(manifest?.files ?? {}).map(([path, hash]) => {
    const now = hashOfFile(join(destdir, path))
    return { path, isMissing: now === undefined, isChanged: now !== undefined && now !== hash }
  })
  const user = system.user(serviceUser)
  return {
    prefix,
    version: manifest?.version,
    changed: files.filter(({ isChanged }) => isChanged).map(({ path }) => path),
    missing: files.filter(({ isMissing }) => isMissing).map(({ path }) => path),
    hasUser: user !== undefined,
    ownsUinput: user !== undefined && system.ownerOf(uinputNode) === user.uid,
    unit: system.hasSystemd ? unitStatus(system) : undefined,
  }
}

const properties = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'Result',
  'MainPID',
  'StatusText',
  'NRestarts',
  'NFileDescriptorStore',
  'StateChangeTimestamp',
] as const

function unitStatus(system: System): UnitStatus | undefined {
  const shown = system.run(['systemctl', 'show', `--property=${properties.join(',')}`, unitName])
  const values = new Map(
    shown.stdout.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  const text = (name: (typeof properties)[number]) => values.get(name) ?? ''
  if (text('LoadState') !== 'loaded') return undefined
  return {
    enabled: text('UnitFileState'),
    active: text('ActiveState'),
    result: text('Result'),
    pid: Number(text('MainPID')),
    text: text('StatusText'),
    restarts: Number(text('NRestarts')),
    storedNodes: Number(text('NFileDescriptorStore')),
    since: text('StateChangeTimestamp'),
  }
}
