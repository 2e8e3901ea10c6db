import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { capture } from './capture.ts'

const packageUrl = new URL('../../package.json', import.meta.url)

describe('the command line', () => {
  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(packageUrl, 'utf8')) as { version: string }
    expect(await capture(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  test.each([['--help'], ['-h'], ['help']])('%s teaches with examples', async (...args) => {
    const { code, out, err } = await capture(args)
    expect(code).toBe(0)
    expect(err).toBe('')
    expect(out).toMatch(/\n {2}run {2}/)
    expect(out).toMatch(/\n {2}devices {2}/)
    expect(out).toContain('Examples:')
  })

  test('every help fits 80 columns', async () => {
    for (const args of [['--help'], ['devices', '--help']]) {
      const { out } = await capture(args)
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    }
  })

  test('help for a command is the same in both ways', async () => {
    const { out } = await capture(['devices', '--help'])
    expect(out).toContain('Examples:')
    expect((await capture(['help', 'devices'])).out).toBe(out)
  })

  test.each([
    [[], 'no command given\nevswitch --help shows what there is'],
    [['device'], 'there is no command "device"\ndid you mean devices?'],
    [['xylophone'], 'there is no command "xylophone"\nevswitch --help shows what there is'],
    [['devices', '--jsn'], "unknown option '--jsn'\nDid you mean --json?"],
    [['devices', 'event3'], "too many arguments for 'devices'. Expected 0 arguments but got 1."],
    [['--nonsense'], "unknown option '--nonsense'"],
  ])('%j is a usage error', async (args, message) => {
    expect(await capture(args)).toEqual({ code: 2, out: '', err: `evswitch: ${message}\n` })
  })

  test('an error of evswitch is printed as it is, with its exit code', async () => {
    expect(await capture(['devices', '--root', '/nonexistent'])).toEqual({
      code: 5,
      out: '',
      err:
        'evswitch: cannot read /sys/class/input: ENOENT\n' +
        'load the kernel module evdev (modprobe evdev); containers need /sys and /dev/input\n',
    })
  })
})
