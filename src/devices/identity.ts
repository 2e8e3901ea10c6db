import { basename } from 'node:path'

/** What an identity is made from. Link names are bare: 'usb-Logitech_USB_Receiver-event-kbd'. */
export interface IdentityFacts {
  /** Names in /dev/input/by-id that lead to the node or that udev wants for it; likewise by-path. */
  readonly byId: readonly string[]
  readonly byPath: readonly string[]
  readonly vendor: number
  readonly product: number
  readonly name: string
  readonly phys: string
  readonly uniq: string
}

/**
 * How each device is known across replugs, whatever its event number is then:
 * 'by-id/NAME', else 'by-path/NAME', else 'id/VENDOR:PRODUCT:NAME:PHYS:UNIQ'.
 *
 * A link name that two of the devices claim says nothing about which is which (two of a model without
 * serial numbers; udev gives the link to one of them), so both go by the next way. Where even the last way
 * does not tell two apart, '#2', '#3' follow in the order given, which should be that of the /sys paths.
 */
export function identities(devices: readonly IdentityFacts[]): string[] {
  const byId = unshared(devices.map((device) => device.byId.map(bare)))
  const byPath = unshared(devices.map((device) => device.byPath.map(bare)))
  const used = new Map<string, number>()
  return devices.map((device, index) => {
    const link = [
      ...(byId[index] ?? []).map((name) => `by-id/${name}`),
      ...(byPath[index] ?? []).map((name) => `by-path/${name}`),
    ][0]
    if (link !== undefined) return link
    const { vendor, product, name, phys, uniq } = device
    const identity = `id/${[hex4(vendor), hex4(product), name, phys, uniq].join(':')}`
    const before = used.get(identity) ?? 0
    used.set(identity, before + 1)
    return before === 0 ? identity : `${identity}#${before + 1}`
  })
}

/** Each list without the names that stand in another list too, the names that say most first. */
function unshared(lists: readonly (readonly string[])[]): string[][] {
  const owners = new Map<string, number>()
  for (const list of lists) {
    for (const name of new Set(list)) owners.set(name, (owners.get(name) ?? 0) + 1)
  }
  return lists.map((list) =>
    [...new Set(list)].filter((name) => owners.get(name) === 1).sort(tellingFirst),
  )
}

/** '-event-kbd' says more than '-event-if01', which udev gives to nodes it has no class for. */
function tellingFirst(a: string, b: string): number {
  const vague = (name: string) => (/-event(-if\d+)?$/.test(name) ? 1 : 0)
  return vague(a) - vague(b) || (a < b ? -1 : 1)
}

function bare(link: string): string {
  return basename(link)
}

/** Four hexadecimal digits, as lsusb writes them. */
export function hex4(number: number): string {
  return number.toString(16).padStart(4, '0')
}
