import { describe, expect, test } from 'vitest'
import { pollIntervalUs, usbPlace } from '../../src/devices/usb.ts'

describe('the polling interval', () => {
  test.each([
    [1, 12, 1000],
    [2, 12, 2000],
    [8, 12, 8000],
    [10, 12, 8000],
    [10, 1.5, 8000],
    [255, 12, 128000],
    [1, 480, 125],
    [4, 480, 1000],
    [7, 480, 8000],
    [1, 5000, 125],
    [4, 10000, 1000],
  ])('of bInterval %i at %f Mbit/s is %i µs', (bInterval, speed, us) => {
    expect(pollIntervalUs(bInterval, speed)).toBe(us)
  })

  test.each([
    [0, 12],
    [256, 12],
    [17, 480],
    [1, Number.NaN],
    [1.5, 12],
    [1, 0],
  ])('of bInterval %f at %f Mbit/s is unknown', (bInterval, speed) => {
    expect(pollIntervalUs(bInterval, speed)).toBe(undefined)
  })
})

describe('the USB device in a path', () => {
  test('is the last one, behind hubs', () => {
    const path =
      '/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4:1.1/0003:046D:C52B.0003/input/input7'
    expect(usbPlace(path)).toEqual({
      port: '1-2.4',
      devicePath: '/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4',
      interfacePath: '/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4:1.1',
    })
  })

  test.each([
    '/devices/platform/i8042/serio0/input/input3',
    '/devices/virtual/misc/uhid/0005:046D:B034.0001/input/input2',
    '/devices/pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.0/bluetooth/hci0/hci0:256/0005:0A5C:8502.0002/input/input9',
  ])('is none in %s', (path) => {
    expect(usbPlace(path)).toBe(undefined)
  })
})
