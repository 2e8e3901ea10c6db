import fc from 'fast-check'
import { expect, test } from 'vitest'
import { identities } from '../../src/devices/identity.ts'

const plain = {
  byId: [],
  byPath: [],
  vendor: 0x46d,
  product: 0xb023,
  name: 'M',
  phys: 'p',
  uniq: '',
}

test('an identity is the by-id link, else the by-path link, else what the device says', () => {
  const byId = ['/dev/input/by-id/usb-A-event-kbd']
  const byPath = ['input/by-path/pci-0-event-kbd']
  expect(identities([{ ...plain, byId, byPath }])).toEqual(['by-id/usb-A-event-kbd'])
  expect(identities([{ ...plain, byPath }])).toEqual(['by-path/pci-0-event-kbd'])
  expect(identities([plain])).toEqual(['id/046d:b023:M:p:'])
})

test('a link that says the kind is preferred to one that says the interface only', () => {
  const byId = ['usb-A-event-if01', 'usb-A-event-mouse']
  expect(identities([{ ...plain, byId }])).toEqual(['by-id/usb-A-event-mouse'])
  expect(identities([{ ...plain, byPath: ['pci-0-event', 'pci-0-event-kbd'] }])).toEqual([
    'by-path/pci-0-event-kbd',
  ])
})

test('a link that two devices claim identifies neither', () => {
  const byId = ['usb-A-event-kbd']
  expect(
    identities([
      { ...plain, byId, byPath: ['pci-1-event-kbd'] },
      { ...plain, byId, byPath: ['pci-2-event-kbd'] },
    ]),
  ).toEqual(['by-path/pci-1-event-kbd', 'by-path/pci-2-event-kbd'])
})

test('identities are never shared, whatever the devices claim', () => {
  const link = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 })
  const device = fc.record({
    byId: link,
    byPath: link,
    vendor: fc.constantFrom(1, 2),
    product: fc.constant(1),
    name: fc.constantFrom('x', 'y'),
    phys: fc.constant(''),
    uniq: fc.constantFrom('', 'u'),
  })
  fc.assert(
    fc.property(fc.array(device, { maxLength: 12 }), (devices) => {
      const found = identities(devices)
      expect(found).toHaveLength(devices.length)
      expect(new Set(found).size).toBe(devices.length)
    }),
  )
})
