import type { System } from './system.ts'

export interface PciDevice {
  /** '0000:01:00.0'. */
  readonly address: string
  /** Class and subclass, four hexadecimal digits: '0300' is a VGA controller. */
  readonly classCode: string
  /** 'vendor:device', as lspci -n and vfio-pci write it. */
  readonly id: string
  /** From the PCI ID database, where it is installed. */
  readonly name: string
  readonly driver: string | undefined
}

export interface IommuGroup {
  readonly group: number
  readonly devices: readonly PciDevice[]
}

const databases = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids']
const databaseBytes = 8 * 1024 * 1024

/** Every IOMMU group with its PCI devices, by number; none where the IOMMU is off. */
export function iommuGroups(system: System): IommuGroup[] {
  const root = '/sys/kernel/iommu_groups'
  const names =
    databases.map((path) => system.read(path, databaseBytes)).find((text) => text !== undefined) ??
    ''
  return system
    .list(root)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .map((group) => ({
      group,
      devices: system
        .list(`${root}/${group}/devices`)
        .map((address) => pciDevice(system, address, names)),
    }))
}

function pciDevice(system: System, address: string, names: string): PciDevice {
  const folder = `/sys/bus/pci/devices/${address}`
  const hex = (file: string) => (system.read(`${folder}/${file}`) ?? '').trim().replace(/^0x/, '')
  const vendor = hex('vendor')
  const device = hex('device')
  return {
    address,
    classCode: hex('class').slice(0, 4),
    id: `${vendor}:${device}`,
    name: deviceName(names, vendor, device),
    driver: system.resolve(`${folder}/driver`)?.split('/').at(-1),
  }
}

/** The database has vendors at the start of a line, and below each its devices behind a tab. */
function deviceName(names: string, vendor: string, device: string): string {
  if (!/^[0-9a-f]{4}$/.test(vendor) || !/^[0-9a-f]{4}$/.test(device)) return ''
  const at = names.search(new RegExp(`^${vendor}  `, 'm'))
  if (at < 0) return ''
  const [first = '', ...rest] = names.slice(at).split('\n', 3000)
  const maker = first.slice(6)
  for (const line of rest) {
    if (/^[0-9a-f]/.test(line)) break
    if (line.startsWith(`\t${device}  `)) return `${maker} ${line.slice(7)}`
  }
  return maker
}
