import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  confValue,
  readConf,
  repeatedNames,
  withConfValue,
  withoutConfValue,
} from '../../src/guests/libvirt-conf.ts'

const text = `# Master configuration file
user = "me" # no, not this: user = "root"
group='kvm'
	clear_emulator_capabilities = 0
max_core = -1
long = """a "quoted"
second line"""
cgroup_device_acl = [
    "/dev/null", '/dev/full', # with a comment, and a ]
    "/dev/zero",
]
empty = []
user = "second"
#namespaces = [ ]
`

describe('a configuration file of libvirt', () => {
  test('is read with its comments, strings, numbers and lists', () => {
    const conf = readConf(text)
    expect(conf.badLine).toBeUndefined()
    expect(confValue(conf, 'user')).toBe('me')
    expect(confValue(conf, 'group')).toBe('kvm')
    expect(confValue(conf, 'clear_emulator_capabilities')).toBe(0)
    expect(confValue(conf, 'max_core')).toBe(-1)
    expect(confValue(conf, 'long')).toBe('a "quoted"\nsecond line')
    expect(confValue(conf, 'cgroup_device_acl')).toEqual(['/dev/null', '/dev/full', '/dev/zero'])
    expect(confValue(conf, 'empty')).toEqual([])
    expect(confValue(conf, 'namespaces')).toBeUndefined()
    expect(repeatedNames(conf)).toEqual(['user'])
  })

  test.each([
    ['a = "x\nb = 1\n', 1],
    ['a = 1\nb 2\n', 2],
    ['a = 1 2\n', 1],
    ['a = [ "x" "y" ]\n', 1],
    ['\n\na = [ "x",\n', 3],
    ['= 1', 1],
  ])('of %j cannot be understood from line %i on', (broken, line) => {
    expect(readConf(broken).badLine).toBe(line)
  })

  test('is changed where libvirt looks, and nowhere else', () => {
    const conf = readConf(text)
    expect(withConfValue(conf, 'user', 'you')).toBe(text.replace('user = "me"', 'user = "you"'))
    expect(withConfValue(conf, 'new', ['/a', '/b'])).toBe(
      `${text}new = [\n    "/a",\n    "/b",\n]\n`,
    )
    expect(withConfValue(readConf('a = 1'), 'b', 2)).toBe('a = 1\nb = 2\n')
    const without = withoutConfValue(conf, 'cgroup_device_acl')
    expect(readConf(without).badLine).toBeUndefined()
    expect(confValue(readConf(without), 'cgroup_device_acl')).toBeUndefined()
    expect(without).toContain('#cgroup_device_acl = [\n#    "/dev/null",')
    expect(confValue(readConf(withoutConfValue(conf, 'user')), 'user')).toBeUndefined()
  })

  test('gives back what was put in, whatever else stands in it', () => {
    const part = fc.constantFrom(
      'a = 1\n',
      '#\n',
      '\n',
      "b = ['x',\n'y']\n",
      'c = "d" # e\n',
      '[',
      '"',
      ' = ',
    )
    const word = fc.string({ unit: fc.constantFrom('/', 'a', ' ', '#', "'", ']'), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(part), fc.array(word), (parts, value) => {
        const conf = readConf(parts.join(''))
        if (conf.badLine !== undefined) return
        const after = readConf(withConfValue(conf, 'b', value))
        expect(confValue(after, 'b')).toEqual(value)
        expect(confValue(after, 'a')).toEqual(confValue(conf, 'a'))
        expect(confValue(after, 'c')).toEqual(confValue(conf, 'c'))
      }),
    )
  })
})
