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

  test.each([[['qemu']], [['qemu', 'args']]])(
    '%j has a help that fits 80 columns',
    async (part) => {
      const { code, out } = await capture([...part, '--help'])
      expect(code).toBe(0)
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    },
  )
})
