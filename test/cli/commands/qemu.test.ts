import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guestSystems } from '../../../src/guests/guest-system.ts'
import { capture } from '../capture.ts'

let folder: string
let noFile: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-qemu-'))
  noFile = ['--config', file('')]
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(content: string): string {
  const path = join(folder, 'config.toml')
  writeFileSync(path, content)
  return path
}

const kbd = (name: string) => `evdev=/dev/input/by-id/evswitch-${name}-event-kbd`
const mouse = (name: string) => `evdev=/dev/input/by-id/evswitch-${name}-event-mouse`

describe('evswitch qemu args', () => {
  test('prints one line for the only target', async () => {
    expect(await capture(['qemu', 'args', ...noFile])).toEqual({
      code: 0,
      out:
        `-object input-linux,id=evswitch-guest-kbd,${kbd('guest')},grab_all=on,repeat=on ` +
        `-object input-linux,id=evswitch-guest-mouse,${mouse('guest')}\n`,
      err: '',
    })
  })

  test('gives the devices themselves with --virtio, and none that is emulated', async () => {
    const { out } = await capture(['qemu', 'args', ...noFile, '--virtio', '--os', 'linux'])
    expect(out).toBe(
      `-device virtio-input-host-pci,id=evswitch-guest-kbd,${kbd('guest')} ` +
        `-device virtio-input-host-pci,id=evswitch-guest-mouse,${mouse('guest')}\n`,
    )
  })

  test.each(guestSystems.map((os) => [os]))('has devices and repeats for %s', async (os) => {
    const { out } = await capture(['qemu', 'args', ...noFile, '--os', os])
    const devices = out.match(/-device [\w-]+/g) ?? []
    const expected = {
      any: [],
      windows: [],
      linux: ['-device virtio-keyboard-pci', '-device virtio-mouse-pci'],
      'windows-virtio': ['-device virtio-keyboard-pci', '-device virtio-mouse-pci'],
      macos: ['-device qemu-xhci', '-device usb-kbd', '-device usb-mouse'],
    }
    expect(devices).toEqual(expected[os])
    expect(out.includes('repeat=on')).toBe(devices.length === 0)
  })

  test.each([
    ['repeat = false', [], false],
    ['repeat = false', ['--repeat', 'on'], true],
    ['', ['--os', 'linux', '--repeat', 'on'], true],
    ['', ['--repeat', 'off'], false],
  ])('repeats with %j and %j: %j', async (line, flags, expected) => {
    const config = file(`[[target]]\nname = "a"\n${line}\n`)
    const { out } = await capture(['qemu', 'args', '--config', config, ...flags])
    expect(out.includes('repeat=on')).toBe(expected)
  })

  test('has all of it for scripts, with the XML, for any name where the file has none', async () => {
    const { out } = await capture(['qemu', 'args', 'a', '--json', '--config', file('')])
    const report = JSON.parse(out) as Record<string, unknown>
    expect(report['arguments']).toEqual([
      '-object',
      `input-linux,id=evswitch-a-kbd,${kbd('a')},grab_all=on,repeat=on`,
      '-object',
      `input-linux,id=evswitch-a-mouse,${mouse('a')}`,
    ])
    expect(report).toMatchObject({ target: 'a' })
    expect(report['libvirt']).toContain("<input type='evdev'>")
  })

  test.each([
    [['args'], 'there are several targets: name one\nthere are: win10, mac'],
    [['args', 'win1'], /^there is no target named win1 in .*\ndid you mean win10\?$/],
    [['args', 'a b'], /^a target's name cannot contain a space/],
    [['args', 'mac', '--virtio', '--os', 'macos'], /has no driver for virtio-input/],
    [[], 'say what is wanted for QEMU\nthere are: args'],
    [['arg'], 'there is no command qemu "arg"\ndid you mean args?'],
  ])('refuses %j with a reason', async (args, message) => {
    const config = file('[[target]]\nname = "win10"\n[[target]]\nname = "mac"\n')
    const { code, out, err } = await capture([
      'qemu',
      ...args,
      ...(args[0] === 'args' ? ['--config', config] : []),
    ])
    expect([code, out]).toEqual([2, ''])
    if (typeof message === 'string') expect(err).toBe(`evswitch: ${message}\n`)
    else expect(err.replace(/^evswitch: /, '').trimEnd()).toMatch(message)
  })

  describe('with --barrier', () => {
    const screen = (name: string, more = 'client = "qemu"\nplain = true') =>
      `[[target]]\nname = "${name}"\nkind = "barrier"\n${more}\n`
    const serve = (more = '') => `[share.serve]\nplain-addresses = ["127.0.0.1"]\n${more}\n`
    const object = (options: string) =>
      `-object input-barrier,id=evswitch-vm-barrier,${options},width=1920,height=1080`

    test.each([
      [[], screen('vm'), 'name=vm,server=127.0.0.1,port=24800'],
      [
        [],
        serve('port = 24801') + screen('vm', 'client = "qemu"\nplain = true\nscreen = "my-vm"'),
        'name=my-vm,server=127.0.0.1,port=24801',
      ],
      [['vm'], serve() + screen('vm') + screen('other'), 'name=vm,server=127.0.0.1,port=24800'],
      [
        [],
        `[share.serve]\naddress = "192.168.1.5"\nplain-addresses = ["192.168.1.5"]\n${screen('vm')}`,
        'name=vm,server=192.168.1.5,port=24800',
      ],
    ])('%j prints the object that joins the share as that screen', async (args, text, options) => {
      const config = file(text.startsWith('[share') ? text : serve() + text)
      const { out, err } = await capture(['qemu', 'args', ...args, '--barrier', '--config', config])
      expect(err).toBe('')
      expect(out).toContain(object(options))
    })

    test.each([
      ['any', 'absolute', 'qemu-xhci usb-tablet'],
      ['linux', 'absolute', 'virtio-keyboard-pci virtio-tablet-pci'],
      ['macos', 'absolute', 'qemu-xhci usb-kbd usb-tablet'],
      ['any', 'relative', ''],
      ['linux', 'relative', 'virtio-keyboard-pci virtio-mouse-pci'],
    ])('gives %s with a pointer that is %s what it needs', async (os, pointer, devices) => {
      const more = `client = "qemu"\nplain = true\npointer = "${pointer}"`
      const config = file(serve() + screen('vm', more))
      const { out } = await capture(['qemu', 'args', '--barrier', '--os', os, '--config', config])
      const found = [...out.matchAll(/-device ([\w-]+)/g)].map(([, name]) => name)
      expect(found.join(' ')).toBe(devices)
    })

    test('has all of it for scripts, and the size that is asked for', async () => {
      const config = file(
        serve() + screen('vm', 'client = "qemu"\nplain = true\npointer = "relative"'),
      )
      const args = ['--barrier', '--screen', '1280x720', '--json', '--config', config]
      const { out } = await capture(['qemu', 'args', ...args])
      expect(JSON.parse(out)).toEqual({
        target: 'vm',
        arguments: [
          '-object',
          'input-barrier,id=evswitch-vm-barrier,name=vm,server=127.0.0.1,port=24800,width=1280,height=720',
        ],
      })
    })

    test.each([
      [6, [], '', /there is no target with QEMU's client\nas in\n/],
      [6, [], serve() + screen('vm', 'client = "qemu"'), /^vm has to speak TLS/],
      [
        6,
        [],
        `[share.serve]\nplain-addresses = ["10.0.0.1"]\n${screen('vm')}`,
        /^nobody may come from 127.0.0.1 without TLS.*\nsay plain-addresses = \["127.0.0.1"\]/,
      ],
      [2, [], serve() + screen('vm') + screen('b'), /^there are several .*\nthere are: vm, b/],
      [2, ['c'], serve() + screen('vm'), /^c is no target with QEMU's client\nthere are: vm/],
      [2, ['--virtio'], serve() + screen('vm'), /cannot be used with option '--virtio'/],
      [2, ['--repeat', 'on'], serve() + screen('vm'), /cannot be used with option '--repeat/],
      [2, ['--screen', 'big'], serve() + screen('vm'), /big/],
    ])('refuses with %i %j', async (code, args, text, message) => {
      const config = file(text)
      const result = await capture(['qemu', 'args', ...args, '--barrier', '--config', config])
      expect(result).toMatchObject({ code, out: '' })
      expect(result.err.replace(/^evswitch: /, '').trimEnd()).toMatch(message)
    })

    test('a size is of no use otherwise', async () => {
      const { code, err } = await capture(['qemu', 'args', '--screen', '1x1', ...noFile])
      expect([code, err]).toEqual([2, 'evswitch: --screen is of no use without --barrier\n'])
    })
  })

  test.each([[['qemu']], [['qemu', 'args']]])(
    '%j has a help that fits 80 columns',
    async (part) => {
      const { code, out } = await capture([...part, '--help'])
      expect(code).toBe(0)
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    },
  )
})
