import { expect, test } from 'vitest'
import { networkOf } from '../../../src/share/net/network-of.ts'

test.each([
  ['192.168.1.20', '192.168.1.20'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['?', '?'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
