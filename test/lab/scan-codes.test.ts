import { expect, test } from 'vitest'
import { ScanCodeDecoder } from './scan-codes.ts'

function decode(...bytes: readonly number[]) {
  const decoder = new ScanCodeDecoder()
  const keys = bytes.flatMap((byte) => decoder.take(byte) ?? [])
  return { keys, pressed: [...decoder.pressed] }
}

test('a make code is a press and a break code a release', () => {
  expect(decode(0x1e, 0x9e)).toEqual({
    keys: [
      { key: 30, down: true },
      { key: 30, down: false },
    ],
    pressed: [],
  })
})

test('a key without its break code stays pressed', () => {
  expect(decode(0x1e, 0x30, 0x9e).pressed).toEqual([48])
})

test('keys behind e0 are told apart from those without', () => {
  expect(decode(0x1d, 0xe0, 0x1d, 0x9d).pressed).toEqual([97])
})

test('shifts that Print Screen pretends are no keys', () => {
  expect(decode(0xe0, 0x2a, 0xe0, 0x37).pressed).toEqual([99])
})

test('Pause is one press that leaves nothing down', () => {
  expect(decode(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e)).toEqual({
    keys: [
      { key: 119, down: true },
      { key: 30, down: true },
    ],
    pressed: [30],
  })
})
