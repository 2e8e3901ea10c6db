import { expect, test } from 'vitest'
import { evdevReader } from '../../src/guests/qemu-options.ts'

test.each([
  [
    '-object',
    'input-linux,id=k,evdev=/dev/a,,b,grab_all=on,repeat=on',
    { type: 'input-linux', id: 'k', evdev: '/dev/a,b', grabsAll: true },
  ],
  [
    '-object',
    'qom-type=input-linux,evdev=/dev/a',
    { type: 'input-linux', id: undefined, evdev: '/dev/a', grabsAll: false },
  ],
  [
    '-object',
    '{"qom-type":"input-linux","id":"k","evdev":"/dev/a","grab_all":true}',
    { type: 'input-linux', id: 'k', evdev: '/dev/a', grabsAll: true },
  ],
  [
    '-device',
    'virtio-input-host-pci,evdev=/dev/a',
    { type: 'virtio-input-host-pci', id: undefined, evdev: '/dev/a', grabsAll: false },
  ],
  [
    '-device',
    '{"driver":"virtio-input-host","evdev":"/dev/a"}',
    { type: 'virtio-input-host', id: undefined, evdev: '/dev/a', grabsAll: false },
  ],
  ['-object', 'memory-backend-file,id=evdev,mem-path=/dev/a', undefined],
  ['-device', 'usb-kbd', undefined],
  ['-drive', 'input-linux,evdev=/dev/a', undefined],
  ['-object', '{"qom-type":', undefined],
  ['-object', '{"a":null}', undefined],
  ['-object', '', undefined],
])('%s %s', (option, value, expected) => {
  expect(evdevReader(option, value)).toEqual(expected)
})
