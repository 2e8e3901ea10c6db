import { type Config, isScreen } from '../config/schema.ts'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/list.ts'
import { type NodeUsers, usersOf } from '../devices/users.ts'
import { EvswitchError } from '../errors.ts'
import { type Domain, isOurs, nodesOf, readDomain } from '../guests/domain-xml.ts'
import { type ConfFile, readConf } from '../guests/libvirt-conf.ts'
import { Virsh } from '../guests/virsh.ts'
import { attributeOf, childrenNamed, type XmlElement } from '../guests/xml.ts'
import { nearest } from '../nearest.ts'
import { type Accounts, readAccounts } from './accounts.ts'
import type { System } from './system.ts'

/** What the checks are about: a machine, and what was read of it once for all of them. */
export interface Subject {
  readonly system: System
  readonly config: Config
  readonly accounts: Accounts
  /** Who will use it; undefined when that is root. */
  readonly user: string | undefined
  readonly devices: readonly Device[]
  readonly users: NodeUsers
  /** The domain that was named, or all that open evdev nodes. */
  readonly domains: readonly Domain[]
  readonly isDomainNamed: boolean
  /** libvirt's settings for QEMU; undefined where there is no libvirt, or they cannot be read. */
  readonly qemuConf: ConfFile | undefined
}

export interface SubjectOptions {
  readonly config: Config
  readonly domain?: string | undefined
  readonly user?: string | undefined
  /** Where the domains are asked for when their files cannot be read. */
  readonly connection: string
}

export const qemuConfPath = '/etc/libvirt/qemu.conf'
const domainFolder = '/etc/libvirt/qemu'

/** Reads a machine. Throws 'unknown-domain' for a domain that is named and not there. */
export async function readSubject(
  system: System,
  { config, domain, user, connection }: SubjectOptions,
): Promise<Subject> {
  const devices = inputDevices(system.root)
  const all = await readDomains(system, connection, domain)
  const domains =
    domain === undefined
      ? all.filter((each) => nodesOf(each).length > 0)
      : all.filter(({ name }) => name === domain)
  if (domain !== undefined && domains.length === 0) {
    const names = all.map(({ name }) => name)
    const near = nearest(domain, names)
    throw new EvswitchError('unknown-domain', `there is no domain ${domain}`, {
      remedy:
        near === undefined ? `there are: ${names.join(', ') || 'none'}` : `did you mean ${near}?`,
    })
  }
  const conf = system.read(qemuConfPath)
  return {
    system,
    config,
    accounts: readAccounts(system),
    user,
    devices,
    users: usersOf(devices, { root: system.root }),
    domains,
    isDomainNamed: domain !== undefined,
    qemuConf: conf === undefined ? undefined : readConf(conf),
  }
}

/** Whether a target's nodes are given to the domain by qemu:commandline, of which libvirt knows nothing. */
export function nodesByCommandLine({ readers }: Domain): string[] {
  return readers.map(({ evdev }) => evdev)
}

/** Those of guests, which have nodes. */
export function targetNames({ config }: Subject): string[] {
  return config.target.filter((target) => !isScreen(target)).map(({ name }) => name.value)
}

export function opensOurs(domain: Domain): boolean {
  return nodesOf(domain).some(isOurs)
}

/** PCI devices of this machine that a domain takes: '0000:01:00.0', and whether libvirt binds them itself. */
export function pciDevices({ devices }: Domain): { address: string; managed: boolean }[] {
  if (devices === undefined) return []
  return childrenNamed(devices, 'hostdev')
    .filter((hostdev) => attributeOf(hostdev, 'type') === 'pci')
    .flatMap((hostdev) => {
      const [source] = childrenNamed(hostdev, 'source')
      const [address] = source === undefined ? [] : childrenNamed(source, 'address')
      if (address === undefined) return []
      const part = (name: string, digits: number) =>
        Number(attributeOf(address, name) ?? 0)
          .toString(16)
          .padStart(digits, '0')
      return [
        {
          address: `${part('domain', 4)}:${part('bus', 2)}:${part('slot', 2)}.${part('function', 1)}`,
          managed: attributeOf(hostdev, 'managed') === 'yes',
        },
      ]
    })
}

/** The elements that a path of names leads to, from `<domain>` on. */
export function elementsAt({ root }: Domain, ...path: readonly string[]): XmlElement[] {
  return path.reduce<XmlElement[]>(
    (found, name) => found.flatMap((element) => childrenNamed(element, name)),
    [root],
  )
}

function inputDevices(root: string): readonly Device[] {
  try {
    return listDevices(root).devices
  } catch {
    // The check of the kernel says so.
    return []
  }
}

/** From libvirt's own files, which root may read; on this machine by virsh where they cannot be. */
async function readDomains(
  system: System,
  connection: string,
  named: string | undefined,
): Promise<Domain[]> {
  const files = system.list(domainFolder).filter((name) => name.endsWith('.xml'))
  const texts = files.flatMap((name) => system.read(`${domainFolder}/${name}`) ?? [])
  if (texts.length === 0 && system.root === '/') {
    const virsh = new Virsh(connection)
    try {
      for (const name of named === undefined ? await virsh.domains() : [named]) {
        texts.push(await virsh.definition(name))
      }
    } catch (error) {
      // Without a domain there is much to check all the same.
      if (named !== undefined) throw error
    }
  }
  return texts.flatMap((text) => {
    try {
      return [readDomain(text)]
    } catch {
      return []
    }
  })
}
