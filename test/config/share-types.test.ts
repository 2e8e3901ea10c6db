import { describe, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import {
  parseScreenName,
  parseScreenSize,
  parseServerAddress,
  serverAddressText,
} from '../../src/config/share-types.ts'

describe('a server', () => {
  test.each([
    ['desk', 'desk', 24800],
    ['desk.local:24801', 'desk.local', 24801],
    ['192.168.1.20', '192.168.1.20', 24800],
    ['fe80::1%eth0', 'fe80::1%eth0', 24800],
    ['[::1]:1', '::1', 1],
  ])('%s is read, and written again', (text, host, port) => {
    const address = parseServerAddress(text)
    expect(address).toEqual({ host, port })
    expect(parseServerAddress(serverAddressText(address))).toEqual(address)
  })

  test.each(['', 'a b', 'desk:', 'desk:0', 'desk:65536', '[desk]:1', '::1:99999x', 'a/b', '[::1'])(
    'is not %j',
    (text) => {
      expect(() => parseServerAddress(text)).toThrow('is no server')
    },
  )
})

test.each(['desk', 'a-b', '_x', 'a.b-c.d'])('%s is the name of a screen', (name) => {
  expect(parseScreenName(name)).toBe(name)
})

test.each(['', '-a', 'a-', 'a..b', '.a', 'ä', 'a b', 'a'.repeat(256)])(
  '%j is no name of a screen',
  (name) => {
    expect(() => parseScreenName(name)).toThrow('is no name of a screen')
  },
)

test('a size has two numbers that the protocol can carry', () => {
  expect(parseScreenSize('1920x1080')).toEqual({ width: 1920, height: 1080 })
  for (const text of ['0x1', '1x32768', '1920', '1920x1080x', '-1x1']) {
    expect(() => parseScreenSize(text), text).toThrow('is no size of a screen')
  }
})

describe('[share.join]', () => {
  const told = (text: string) =>
    decodeConfig(text).diagnostics.map(
      ({ range: { start }, message, remedy }) => `${start.line}: ${message} / ${remedy}`,
    )

  test('is read as a table within another, in any way that TOML has', () => {
    for (const text of [
      '[share.join]\nserver = "desk"\nscreen = "800x600"\n',
      'share.join = { server = "desk", screen = "800x600" }\n',
      '[share]\njoin.server = "desk"\njoin.screen = "800x600"\n',
    ]) {
      const { config, diagnostics } = decodeConfig(text)
      expect(diagnostics, text).toEqual([])
      expect(config?.['share.join'].server.value).toEqual({ host: 'desk', port: 24800 })
      expect(config?.['share.join'].screen.value).toEqual({ width: 800, height: 600 })
    }
  })

  test('needs a server as soon as it says anything', () => {
    expect(told('[share.join]\n')).toEqual([])
    expect(told('[share.join]\nname = "a"\n')).toEqual([
      '2: [share.join] has no server / add server = ..., the computer whose keyboard and mouse come here',
    ])
  })

  test('tells what is wrong with it', () => {
    expect(told('[share]\nserve = 1\n')).toEqual([
      '2: unknown key "serve" / [share] can have: join',
    ])
    expect(told('[share.join]\nsrever = "a"\n')).toEqual([
      '2: unknown key "srever" / did you mean server?',
    ])
    expect(told('share = 1\n')[0]).toMatch(/^1: share.join must be one table, not a number/)
    expect(told('share.join = 1\n')[0]).toMatch(/^1: share.join must be one table, not a number/)
    expect(told('[share.join]\nserver = "a b"\n')[0]).toMatch(/^2: server: "a b" is no server/)
    expect(told('srever = "a"\n')[0]).toContain('[share.join]')
  })
})
