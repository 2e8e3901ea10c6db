import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DomainWish } from '../../src/guests/domain-edit.ts'
import { readDomain } from '../../src/guests/domain-xml.ts'
import { carryOut, planApply, planRemove } from '../../src/guests/libvirt.ts'
import { qemuArguments } from '../../src/guests/qemu.ts'
import { capture } from '../cli/capture.ts'
import { domainFixture, domainFixtures, wish, wishes } from '../guests/domain-fixtures.ts'
import { privateLibvirtd } from './private-libvirtd.ts'

const libvirt = privateLibvirtd()

/** Of a libvirt that is newer than the one here, which refuses it. */
const newer = 'newer-libvirt'
const defined = domainFixtures.filter((fixture) => fixture !== newer)

/** Each of them with one of the wishes in turn; test/guests has them all with all. */
const cases = defined.flatMap((fixture, index) => {
  const each = wishes[index % wishes.length]
  return each === undefined ? [] : [[fixture, ...each] as const]
})

/** Defines a fixture and returns its name. */
async function define(fixture: string): Promise<string> {
  const file = join(libvirt.folder, `${fixture}.xml`)
  writeFileSync(file, domainFixture(fixture))
  await libvirt.run('define', file)
  return readDomain(domainFixture(fixture)).name
}

/** The whole definition, with the passwords, which a definition made from one without them would lose. */
async function dump(domain: string): Promise<string> {
  return await libvirt.run('dumpxml', '--inactive', '--security-info', domain)
}

async function apply(domain: string, each: DomainWish): Promise<string> {
  const plan = await planApply(libvirt.virsh, domain, each)
  return plan.after === plan.before ? '' : await carryOut(libvirt.virsh, plan, options())
}

async function remove(domain: string): Promise<void> {
  await carryOut(libvirt.virsh, await planRemove(libvirt.virsh, domain), options())
}

const options = () => ({ backups: join(libvirt.folder, 'backups'), validate: true })

/** What QEMU would be started with. The conversion opens networks and PCI devices, which an ordinary user may not. */
async function qemuCommand(domain: string): Promise<string> {
  const file = join(libvirt.folder, 'native.xml')
  const plain = (await dump(domain)).replaceAll(/<(interface|hostdev)\b.*?<\/\1>/gs, '')
  writeFileSync(file, plain)
  return await libvirt.run('domxml-to-native', 'qemu-argv', '--xml', file)
}

test('at least 12 domains of different make are tried', () => {
  expect(new Set(cases.map(([fixture]) => fixture)).size).toBeGreaterThanOrEqual(12)
})

describe.each(cases)('%s with %s', (fixture, _name, each) => {
  test('is validated and defined, starts QEMU as meant, and is what it was after remove', async () => {
    const domain = await define(fixture)
    const before = await dump(domain)
    const backup = await apply(domain, each)
    expect(readFileSync(backup, 'utf8')).toBe(before)
    const after = await dump(domain)
    expect(after).not.toBe(before)

    expect(await apply(domain, each)).toBe('')
    expect(await dump(domain)).toBe(after)

    const command = await qemuCommand(domain)
    for (const [index, value] of qemuArguments(each.input).entries()) {
      if (index % 2 === 1) expectMeant(command, value, each)
    }

    await remove(domain)
    expect(await dump(domain)).toBe(before)
    await libvirt.run('undefine', '--domain', domain, '--keep-nvram')
  })
})

/** libvirt writes what it knows itself in an order of its own, since QEMU 6 as JSON. */
function expectMeant(command: string, value: string, each: DomainWish): void {
  const node = /evdev=([^,]+)/.exec(value)?.[1] ?? ''
  const words = command.split(/\s+/).filter((word) => word.includes(node))
  expect(words, command).toHaveLength(1)
  const [word = ''] = words
  if (each.byCommandLine) {
    expect(word).toContain(value)
  } else {
    expect(word).toContain(value.split(',')[0] ?? '')
    expect(word.includes('grab_all')).toBe(value.includes('grab_all'))
    expect(word.includes('repeat')).toBe(value.includes('repeat'))
  }
}

describe('a change that the user makes in between', () => {
  test.each([wishes[1], wishes[5]].flatMap((each) => (each === undefined ? [] : [each])))(
    'survives remove, with %s',
    async (_name, each) => {
      const domain = await define('virt-manager')
      const change = async () => {
        await libvirt.run('desc', domain, '--config', '--title', 'mine')
        await libvirt.run('attach-disk', domain, '/tmp/x.img', 'vdb', '--config')
        await libvirt.run('setvcpus', domain, '2', '--config')
      }
      await change()
      const expected = await dump(domain)
      await define('virt-manager')
      await apply(domain, each)
      await change()
      await remove(domain)
      const result = await dump(domain)
      // The new disk got the next free slot, which is another one while ours are plugged in.
      expect(withoutSlots(result)).toBe(withoutSlots(expected))
      expect(result).not.toContain('evswitch')
      await libvirt.run('undefine', domain)
    },
  )
})

function withoutSlots(xml: string): string {
  return xml
    .replaceAll(/ *<controller type='pci'.*?<\/controller>\n/gs, '')
    .replaceAll(/ *<address type='pci'[^>]*>\n/g, '')
}

test('what is compared are definitions with their passwords', async () => {
  const domain = await define('virt-manager')
  expect(await dump(domain)).toContain("passwd='sesame'")
  await libvirt.run('undefine', domain)
})

test('a domain that changes between read and write is left alone', async () => {
  const domain = await define('minimal')
  const plan = await planApply(libvirt.virsh, domain, wish())
  await libvirt.run('desc', domain, '--config', 'new')
  const changed = await dump(domain)
  await expect(carryOut(libvirt.virsh, plan, options())).rejects.toMatchObject({
    code: 'domain-changed',
    remedy: expect.stringMatching(/^try again; what it was before is in .*\/minimal-.*\.xml$/),
  })
  expect(await dump(domain)).toBe(changed)
  await libvirt.run('undefine', domain)
})

test('what libvirt refuses is not done, and its reason is told', async () => {
  const domain = await define('minimal')
  const before = await dump(domain)
  const plan = await planApply(libvirt.virsh, domain, wish())
  const spoiled = { ...plan, after: plan.after.replace('<vcpu', '<vcpus') }
  await expect(carryOut(libvirt.virsh, spoiled, options())).rejects.toMatchObject({
    code: 'libvirt-failed',
    message: expect.stringMatching(/^libvirt refuses: .*vcpus/),
  })
  expect(await dump(domain)).toBe(before)
  await libvirt.run('undefine', domain)
})

describe('evswitch libvirt', () => {
  const cli = async (...args: readonly string[]) =>
    await capture([
      'libvirt',
      ...args,
      '--connect',
      libvirt.connection,
      ...(args[0] === 'list' ? [] : ['--backups', join(libvirt.folder, 'backups')]),
    ])

  test('lists, shows a diff, applies and removes', async () => {
    await define('windows-7')
    const config = join(libvirt.folder, 'config.toml')
    writeFileSync(config, '[[target]]\nname = "win7"\n[[target]]\nname = "other"\n')
    const diff = await cli('diff', 'win7', '--config', config)
    expect(diff.out).toMatch(/^\+ {6}<source dev='\/dev\/input\/by-id\/evswitch-win7-event-kbd'/m)
    expect(diff.err).toMatch(/^warning: the emulated tablet takes clicks and motion/m)
    expect(diff.err).toMatch(/^warning: the emulated USB mouse is polled 125 times a second/m)
    const applied = await cli('apply', 'win7', '--config', config, '--drop-pointers')
    expect(applied).toMatchObject({ code: 0, err: '' })
    expect(applied.out).toMatch(
      /^win7: the keyboard and mouse of the target win7 are in\nwhat it was: .*\.xml\n$/,
    )
    expect((await cli('apply', 'win7', '--config', config)).out).toBe(
      'win7 has the keyboard and mouse of the target win7 already\n',
    )
    await define('minimal')
    const other = await cli('apply', 'minimal', '--config', config, '--target', 'win7')
    expect(other.err).toMatch(/^warning: the domain win7 has the nodes of win7, too/)
    const { out } = await cli('list')
    expect(out).toMatch(/^win7 +shut off +evswitch, target win7$/m)
    const json = JSON.parse((await cli('list', '--json')).out) as {
      domains: { name: string; targets: string[] }[]
    }
    expect(json.domains.find(({ name }) => name === 'win7')?.targets).toEqual(['win7'])
    expect((await cli('remove', 'win7')).out).toMatch(/^win7: everything of evswitch is out\n/)
    expect((await cli('remove', 'win7')).out).toBe('win7 has nothing of evswitch\n')
    for (const domain of ['win7', 'minimal']) await libvirt.run('undefine', domain)
  })

  test('says which domain is meant, and what is missing', async () => {
    await define('windows-7')
    expect(await cli('diff', 'win8')).toMatchObject({
      code: 2,
      err: 'evswitch: libvirt has no domain win8\ndid you mean win7?\n',
    })
    await libvirt.run('undefine', 'win7')
    expect(await cli('remove')).toMatchObject({
      code: 2,
      err: 'evswitch: name a domain, or a file with --file\nevswitch libvirt list shows the domains\n',
    })
    const nobody = await capture(['libvirt', 'list', '--connect', 'qemu+unix:///session?socket=/x'])
    expect(nobody).toMatchObject({ code: 7 })
    expect(nobody.err).toMatch(/^evswitch: libvirt does not answer at .*\nstart it: /)
  })

  test('refuses a domain that has no definition', async () => {
    const file = join(libvirt.folder, 'transient.xml')
    writeFileSync(file, domainFixture('minimal').replace('minimal', 'transient'))
    await libvirt.run('create', file, '--paused')
    const { code, err } = await cli('apply', 'transient')
    await libvirt.run('destroy', 'transient')
    expect(code).toBe(1)
    expect(err).toMatch(/^evswitch: transient is transient: /)
  })

  test('says of a running domain when it takes effect', async () => {
    const domain = await define('minimal')
    await libvirt.run('start', domain, '--paused')
    const { out } = await cli('apply', domain, '--virtio')
    await libvirt.run('destroy', domain)
    expect(out).toContain('minimal is paused: this takes effect when it is shut down and started')
    expect(out).toContain('virsh attach-device --live')
    await libvirt.run('undefine', domain)
  })
})
