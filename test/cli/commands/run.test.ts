import { describe, expect, test } from 'vitest'
import { capture } from '../capture.ts'

// What needs devices is tested on a real kernel: test/lab/run.test.ts.
describe('evswitch run', () => {
  test('has a help that fits 80 columns and shows examples', async () => {
    const { code, out } = await capture(['run', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('Examples:')
    expect(out.replace(/\s+/g, ' ')).toContain('(default: "leftctrl+rightctrl+esc")')
    expect(out).not.toContain('[]')
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  test.each([
    [['--hotkey', 'leftctrl+rihgtctrl'], 'unknown key "rihgtctrl"\ndid you mean rightctrl?'],
    [['--hotkey', 'ctrl'], 'unknown key "ctrl"\nsay which one: leftctrl or rightctrl'],
    [['--panic', 'escc+a'], 'unknown key "escc"\ndid you mean esc?'],
    [
      ['--hotkey', 'leftctrl+leftctrl'],
      'the hotkey has the key leftctrl twice\nname each key once',
    ],
    [
      ['--target', 'my/vm'],
      "a target's name cannot contain a slash\nletters, digits, dot, underscore and hyphen can be used, as in my-vm",
    ],
    [
      ['--target', 'host'],
      'host is the name of this machine itself\nchoose another name for the guest',
    ],
    [
      ['--target', 'a', '--target', 'b', '--target', 'a'],
      'there are two targets named a\nname each target once',
    ],
    [
      [...'abcdefgh'].flatMap((name) => ['--target', name]),
      '8 targets are too many: 7 are the most',
    ],
    [
      ['--panic', 'rightctrl+leftctrl'],
      'the hotkey leftctrl+rightctrl and the panic chord rightctrl+leftctrl are the same keys\n' +
        'give the panic chord a key that the hotkey does not have',
    ],
    [
      ['--hotkey', 'leftctrl+rightctrl+esc+a'],
      'the hotkey leftctrl+rightctrl+esc+a contains the panic chord leftctrl+rightctrl+esc\n' +
        'give the panic chord a key that the hotkey does not have',
    ],
    [['--realtime', '99'], 'bad real-time priority "99"\nsay a number from 1 to 98, or off'],
    [
      ['--host-mode', 'no'],
      "option '--host-mode <mode>' argument 'no' is invalid. Allowed choices are release, proxy.",
    ],
    [['--hotky', 'a'], "unknown option '--hotky'\nDid you mean --hotkey?"],
  ])('refuses %j', async (args, message) => {
    expect(await capture(['run', ...args])).toEqual({
      code: 2,
      out: '',
      err: `evswitch: ${message}\n`,
    })
  })
})
