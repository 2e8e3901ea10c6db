import { isIPv6 } from 'node:net'

/** Groups of an IPv6 address that name the network: the rest its owner chooses anew as often as it likes. */
const networkGroups = 4

/** Whom an address belongs to at the least: an IPv4 address is one by itself, an IPv6 address is one of its network's of 64 bits. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.split('::')
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups.slice(0, networkGroups).join(':')}::/64`
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
