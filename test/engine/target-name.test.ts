import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkTargetName,
  nodeDeviceName,
  nodeLinkName,
  targetNameMax,
} from '../../src/engine/target-name.ts'

describe('a target name', () => {
  test.each(['guest', 'win10', 'Win-11_pro.2', '7', 'a'.repeat(32), 'hostess'])(
    '%j is allowed',
    (name) => {
      expect(checkTargetName(name)).toBe(name)
    },
  )

  test.each([
    ['', 'the target has no name'],
    [
      'win 10',
      'cannot contain a space\nletters, digits, dot, underscore and hyphen can be used, as in win-10',
    ],
    ['a/b', 'cannot contain a slash'],
    ['../x', 'cannot contain a slash'],
    ['größe', 'cannot contain the character U+00F6'],
    ['größe', 'as in gro-e'],
    ['a\u001b[31m', 'cannot contain the character U+001B'],
    ['🎮', 'cannot contain the character U+1F3AE'],
    ['a,b', "cannot contain ','"],
    ['-x', "starts with '-'"],
    ['.', "starts with '.'"],
    ['a'.repeat(33), '33 characters long, the most is 32'],
    ['host', 'host is the name of this machine itself'],
    ['Next', 'Next is what evswitch switch calls another target'],
    ['previous', 'previous is what evswitch switch calls another target'],
    ['Host', 'Host is the name of this machine itself'],
  ])('%j is refused: %s', (name, message) => {
    expect(() => checkTargetName(name)).toThrow(message)
  })

  test('what is allowed is a safe file name and fits a uinput name, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aZ09._- /é'), maxLength: 40 }), (name) => {
        try {
          checkTargetName(name)
        } catch {
          return
        }
        expect(nodeLinkName(name, 'mouse')).toMatch(
          /^evswitch-[A-Za-z0-9][A-Za-z0-9._-]*-event-mouse$/,
        )
      }),
    )
    expect(nodeDeviceName('x'.repeat(targetNameMax), 'kbd').length).toBeLessThan(80)
    expect(nodeLinkName('x'.repeat(targetNameMax), 'mouse').length).toBeLessThan(80)
  })

  test('nodes are named after it', () => {
    expect(nodeLinkName('win10', 'kbd')).toBe('evswitch-win10-event-kbd')
    expect(nodeDeviceName('win10', 'kbd')).toBe('evswitch win10 keyboard')
    expect(nodeDeviceName('win10', 'mouse')).toBe('evswitch win10 mouse')
  })
})
