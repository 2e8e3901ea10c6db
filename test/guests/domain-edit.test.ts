import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyTo, removeFrom, withControllers } from '../../src/guests/domain-edit.ts'
import { nodesOf, readDomain } from '../../src/guests/domain-xml.ts'
import { domainFixture, domainFixtures, wish, wishes } from './domain-fixtures.ts'

const keyboard = '/dev/input/by-id/evswitch-win10-event-kbd'
const mouse = '/dev/input/by-id/evswitch-win10-event-mouse'

const everything = domainFixtures.flatMap((fixture) =>
  wishes.map(([name, each]) => [fixture, name, each] as const),
)

test('there are fixtures of many makes', () => {
  expect(domainFixtures.length).toBeGreaterThanOrEqual(14)
})

describe.each(everything)('%s with %s', (fixture, _name, each) => {
  const before = domainFixture(fixture)
  const after = applyTo(before, each)

  test('has both nodes, and no other evswitch node', () => {
    const ours = nodesOf(readDomain(after)).filter((node) => node.includes('/evswitch-'))
    expect(ours).toEqual([keyboard, mouse])
  })

  test('is left alone by a second apply', () => {
    expect(applyTo(after, each)).toBe(after)
  })

  test('is byte for byte what it was after remove', () => {
    expect(removeFrom(after)).toBe(before)
  })

  test('keeps comments, CDATA and everything that is not about input', () => {
    const kept =
      /<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?!\/?(?:domain|input|source|\w+:arg)\b)[^!][^>]*[^/>]>/gs
    for (const part of before.match(kept) ?? []) expect(after).toContain(part)
  })
})

describe('a change that somebody makes between apply and remove', () => {
  test.each(everything)('of %s with %s survives', (fixture, _name, each) => {
    const change = (text: string) =>
      text
        .replace('</name>', '</name><title>mine</title>')
        .replace('<title>devices', '<x/><title>devices')
    const before = domainFixture(fixture)
    const changed = change(applyTo(before, each))
    expect(removeFrom(changed)).toBe(change(before))
  })

  test('beside what was taken out leaves the order as it was', () => {
    const before = domainFixture('windows-7')
    const disk = "    <disk type='file'><target dev='x'/></disk>\n"
    const change = (text: string) => text.replace('    <controller', `${disk}    <controller`)
    const after = applyTo(before, wish({ dropPointers: true }))
    expect(readDomain(after).inputs.map(({ type }) => type)).toEqual(['keyboard', 'evdev', 'evdev'])
    expect(removeFrom(change(after))).toBe(change(before))
  })

  test('in the command line that was made for it keeps the command line', () => {
    const after = applyTo(domainFixture('minimal'), wish({ byCommandLine: true }))
    const mine = "<qemu:arg value='-S'/>"
    const rest = removeFrom(after.replace('</qemu:commandline>', `${mine}</qemu:commandline>`))
    expect(readDomain(rest).args).toHaveLength(1)
    expect(rest).toContain('xmlns:qemu=')
    expect(rest).not.toContain('evswitch')
  })
})

describe('apply', () => {
  test('puts lines where a person would', () => {
    const after = applyTo(domainFixture('comments-everywhere'), wish({ dropPointers: true }))
    expect(after).toContain(`    <input type="keyboard" bus="usb"/> <!-- keyboard: US -->
    <input type='evdev'>
      <source dev='${keyboard}' grab='all' repeat='on'/>
    </input>
    <input type='evdev'>
      <source dev='${mouse}'/>
    </input>
    <!-- last -->
`)
    expect(after).toContain('<!-- pointer --> <!-- without it the pointer jumps in VNC -->')
    expect(readDomain(after).inputs.map(({ type }) => type)).toEqual(['keyboard', 'evdev', 'evdev'])
  })

  test('joins the first command line that is there, by its prefix', () => {
    const after = applyTo(domainFixture('other-prefix'), wish({ byCommandLine: true }))
    expect(readDomain(after).commandLines).toHaveLength(1)
    expect(after.match(/<q:arg /g)).toHaveLength(7)
    const fresh = applyTo(domainFixture('minimal'), wish({ byCommandLine: true }))
    expect(fresh).toMatch(
      /^<domain type='qemu' xmlns:qemu='http:\/\/libvirt.org\/schemas\/domain\/qemu\/1.0'>/,
    )
    expect(fresh).toContain(`input-linux,id=evswitch-win10-kbd,evdev=${keyboard},grab_all=on`)
  })

  test('takes another prefix where qemu means something else', () => {
    const text = "<domain xmlns:qemu='urn:x'><name>a</name></domain>"
    const after = applyTo(text, wish({ byCommandLine: true }))
    expect(after).toContain("xmlns:qemu2='http://libvirt.org/schemas/domain/qemu/1.0'")
    expect(removeFrom(after)).toBe(text)
  })

  test('replaces keyboards and mice of this machine on request only, never a gamepad', () => {
    const nodes = (changes: Parameters<typeof wish>[0], fixture: string) =>
      nodesOf(readDomain(applyTo(domainFixture(fixture), wish(changes))))
    expect(nodes({}, 'virtio-passthrough')).toHaveLength(4)
    expect(nodes({ replace: true }, 'virtio-passthrough')).toEqual([
      '/dev/input/by-id/usb-Microsoft_X-Box_360_pad-event-joystick',
      keyboard,
      mouse,
    ])
    expect(nodes({ replace: true }, 'passthrough-by-hand')).toEqual([keyboard, mouse])
    expect(nodes({ replace: true }, 'other-prefix')).toEqual([keyboard, mouse])
    expect(nodes({ replace: true }, 'evdev-native')).toEqual([keyboard, mouse])
  })

  test('keeps out what was taken out before, by whatever way it is asked again', () => {
    const before = domainFixture('windows-7')
    const first = applyTo(before, wish({ dropPointers: true }))
    expect(applyTo(first, wish())).toBe(first)
    const other = applyTo(first, wish({ virtio: true }))
    expect(readDomain(other).inputs.map(({ type }) => type)).toEqual([
      'keyboard',
      'passthrough',
      'passthrough',
    ])
    expect(removeFrom(other)).toBe(before)
  })

  test('replaces what it gave before: another target, another way', () => {
    const before = domainFixture('other-arguments')
    const first = applyTo(before, wish({ byCommandLine: true }))
    const second = applyTo(first, wish({ input: { target: 'other' } }))
    expect(nodesOf(readDomain(second))).toEqual([
      '/dev/input/by-id/evswitch-other-event-kbd',
      '/dev/input/by-id/evswitch-other-event-mouse',
    ])
    expect(removeFrom(second)).toBe(before)
  })

  test('leaves inputs alone that somebody pasted, and remove takes them out', () => {
    const before = domainFixture('minimal')
    const pasted = applyTo(before, wish()).replace(/\n? *<metadata>.*<\/metadata>/s, '')
    expect(pasted).not.toContain('applied')
    expect(applyTo(pasted, wish())).toBe(pasted)
    expect(nodesOf(readDomain(removeFrom(pasted)))).toEqual([])
  })

  test('knows its inputs again after libvirt has sorted the attributes and added addresses', () => {
    const after = applyTo(domainFixture('evdev-native'), wish({ virtio: true }))
    const saved = after.replaceAll(
      /(<source evdev='[^']*evswitch[^']*'\/>)/g,
      "$1<address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>",
    )
    expect(applyTo(saved, wish({ virtio: true }))).toBe(saved)
  })
})

describe('remove', () => {
  test('takes controllers that came with its inputs, unless another device is in them', () => {
    const port = (index: number) =>
      `<controller type='pci' index='${index}' model='pcie-root-port'/>`
    const free = applyTo(domainFixture('evdev-native'), wish({ virtio: true }))
    const recorded = withControllers(free, ['5', '6'])
    const grown = recorded.replace('<hub', `${port(5)}${port(6)}<hub`)
    expect(removeFrom(grown)).not.toContain('pcie-root-port')
    const nic = "<interface><address type='pci' bus='0x06' slot='0x00'/></interface>"
    const used = grown.replace('<hub', `${nic}<hub`)
    expect(removeFrom(used)).toContain(port(6))
    expect(removeFrom(used)).not.toContain(port(5))
  })

  test('of a domain without anything of evswitch changes nothing', () => {
    for (const fixture of domainFixtures) {
      expect(removeFrom(domainFixture(fixture))).toBe(domainFixture(fixture))
    }
  })

  test('gives up with a reason when what it wrote down was spoiled', () => {
    const after = applyTo(domainFixture('windows-7'), wish({ dropPointers: true }))
    const spoiled = after.replace('&lt;input type=&apos;tablet&apos;', '&lt;/devices&gt;')
    expect(() => removeFrom(spoiled)).toThrow(/line \d+, column \d+: /)
  })
})

test('apply and remove are exact whatever white space and comments stand between', () => {
  const space = fc.constantFrom('', '\n', '\n    ', ' ', '\t', '\r\n  ', '\n\n\n')
  const node = fc.constantFrom(
    '<!-- <input/> -->',
    "<input type='tablet' bus='usb'/>",
    "<input type='mouse'   bus='usb'></input >",
    "<input type='evdev'><source dev='/dev/input/event3'/></input>",
    "<input type='keyboard' bus='ps2'/>",
    '<disk/>',
    '<?pi x?>',
  )
  const body = fc
    .array(fc.tuple(space, node), { maxLength: 8 })
    .map((parts) => parts.flat().join(''))
  const args = fc.constantFrom(
    '',
    "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>",
    "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>\n<!-- k --> <q:arg value='-object'/>  <q:arg value='input-linux,id=a,evdev=/dev/input/event3'/><q:arg value='-S'/>\n</q:commandline>",
  )
  const domain = fc
    .tuple(space, body, space, args, space)
    .map(([a, b, c, d, e]) => `<domain>${a}<devices>${b}${c}</devices>${d}${e}</domain>`)
  fc.assert(
    fc.property(domain, fc.constantFrom(...wishes), (text, [, each]) => {
      const after = applyTo(text, each)
      expect(applyTo(after, each)).toBe(after)
      expect(removeFrom(after)).toBe(text)
    }),
    { numRuns: 300 },
  )
})
