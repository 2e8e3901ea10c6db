import { expect, test } from 'vitest'
import { capture } from '../capture.ts'

// What needs devices and another computer is tested on a real kernel: test/lab/share-serve.test.ts.

test('evswitch share serve has a help that fits 80 columns and shows examples', async () => {
  const { code, out } = await capture(['share', 'serve', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('Examples:')
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
})

test.each([
  [
    [],
    'say which screens are to be served\nas in evswitch share serve laptop; ' +
      'targets with kind = "barrier" in the configuration are some, too',
  ],
  [
    ['a b'],
    '"a b" is no name of a screen\n' +
      'letters, digits, underscores, and hyphens and dots between them can be used',
  ],
  [['host'], 'host is the name of this machine itself\nchoose another name for the guest'],
  [['a', 'A'], 'there are two screens named a\nsmall and capital letters are the same there'],
  [
    ['a', '--address', 'desk'],
    '"desk" is no address\nwrite the numbers, as in "192.168.1.5" or "fe80::1%eth0"',
  ],
  [['a', '--port', '0'], '"0" is no port\nsay a number from 1 to 65535'],
  [['a', '--layout', '../x'], '"../x" is no keyboard layout\nwrite it as in de, or us,ru for two'],
])('evswitch share serve refuses %j', async (args, message) => {
  expect(await capture(['share', 'serve', ...args])).toEqual({
    code: 2,
    out: '',
    err: `evswitch: ${message}\n`,
  })
})
