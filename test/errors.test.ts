import { describe, expect, test } from 'vitest'
import { type ErrorCode, EvswitchError, errnoName, exitCodeOf, messageOf } from '../src/errors.ts'

describe('errors', () => {
  test('a message is the summary, and the remedy on a second line', () => {
    const error = new EvswitchError('no-permission', 'cannot open /dev/uinput: permission denied', {
      remedy: 'run as root',
    })
    expect(error.message).toBe('cannot open /dev/uinput: permission denied\nrun as root')
    expect(error.remedy).toBe('run as root')
    expect(new EvswitchError('usage', 'no command').message).toBe('no command')
  })

  test('every code has one of the exit codes of the house', () => {
    const expected: Partial<Record<ErrorCode, number>> = {
      unexpected: 1,
      usage: 2,
      'unknown-key': 2,
      'bad-hotkey': 2,
      'bad-target-name': 2,
      'unknown-device': 2,
      'no-permission': 4,
      'not-installed': 5,
      'not-configured': 6,
      'not-running': 7,
    }
    for (const [code, exit] of Object.entries(expected)) {
      expect(exitCodeOf(code as ErrorCode)).toBe(exit)
      expect(new EvswitchError(code as ErrorCode, 'x').exitCode).toBe(exit)
    }
  })

  test('a cause is kept, and absent when there is none', () => {
    const cause = new Error('below')
    expect(new EvswitchError('unexpected', 'above', { cause }).cause).toBe(cause)
    expect('cause' in new EvswitchError('unexpected', 'above')).toBe(false)
  })

  test('the errno name is found on system errors only', () => {
    const system = Object.assign(new Error('open'), { code: 'EACCES' })
    expect(errnoName(system)).toBe('EACCES')
    expect(errnoName(Object.assign(new Error('node'), { code: 'ERR_INVALID_ARG_TYPE' }))).toBe(
      undefined,
    )
    expect(errnoName(new Error('plain'))).toBe(undefined)
    expect(errnoName('EACCES')).toBe(undefined)
  })

  test('anything thrown has a message', () => {
    expect(messageOf(new Error('a'))).toBe('a')
    expect(messageOf('b')).toBe('b')
    expect(messageOf(undefined)).toBe('undefined')
  })
})
