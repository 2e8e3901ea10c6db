import { describe, expect, test } from 'vitest'
import { serveSettings } from '../../src/cli/share-options.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import {
  parseIpAddress,
  parsePort,
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

test('an address has numbers, and a port is one', () => {
  for (const text of ['192.168.1.5', '::1', 'fe80::1%eth0']) {
    expect(parseIpAddress(text)).toBe(text)
  }
  expect(() => parseIpAddress('desk')).toThrow('is no address')
  expect(parsePort('24801')).toBe(24801)
  for (const text of ['', '0', '65536', '1e3', '-1'])
    expect(() => parsePort(text)).toThrow('is no port')
})

function told(text: string): string[] {
  return decodeConfig(text).diagnostics.map(
    ({ range: { start }, message, remedy }) => `${start.line}: ${message} / ${remedy}`,
  )
}

describe('[share.join]', () => {
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
    expect(told('[share]\nsreve = 1\n')).toEqual(['2: unknown key "sreve" / did you mean serve?'])
    expect(told('[share.join]\nsrever = "a"\n')).toEqual([
      '2: unknown key "srever" / did you mean server?',
    ])
    expect(told('share = 1\n')[0]).toMatch(/^1: share.join must be one table, not a number/)
    expect(told('share.join = 1\n')[0]).toMatch(/^1: share.join must be one table, not a number/)
    expect(told('[share.join]\nserver = "a b"\n')[0]).toMatch(/^2: server: "a b" is no server/)
    expect(told('srever = "a"\n')[0]).toContain('[share.join]')
  })
})

describe('screens of other computers', () => {
  const laptop = '[[target]]\nname = "laptop"\nkind = "barrier"\n'

  test('are targets, with what the share is to do with them', () => {
    const { config, diagnostics } = decodeConfig(`${laptop}
screen = "Laptop.local"
client = "qemu"
plain = true
pointer = "relative"
speed = 1.5
acceleration = 2
smooth-wheel = true
[share.serve]
address = "::1"
port = 24801
layout = "us,de"
variant = ",nodeadkeys"
options = "caps:escape"
plain-addresses = ["192.168.1.7", "::1"]
`)
    expect(diagnostics).toEqual([])
    expect(config && serveSettings(config)).toEqual({
      host: '::1',
      port: 24801,
      layout: { layout: 'us,de', variant: ',nodeadkeys', options: 'caps:escape' },
      plainAddresses: ['192.168.1.7', '::1'],
      screens: [
        {
          target: 'laptop',
          name: 'Laptop.local',
          client: 'qemu',
          isPlain: true,
          pointer: { isRelative: true, speed: 1.5, acceleration: 2 },
          isWheelSmooth: true,
        },
      ],
    })
  })

  test('need no more than a name', () => {
    const { config, diagnostics } = decodeConfig(laptop)
    expect(diagnostics).toEqual([])
    expect(config && serveSettings(config)).toEqual({
      ...{ host: undefined, port: 24800, layout: undefined, plainAddresses: [] },
      screens: [
        {
          ...{ target: 'laptop', name: 'laptop', client: 'barrier', isPlain: false },
          pointer: { isRelative: false, speed: 1, acceleration: 0 },
          isWheelSmooth: false,
        },
      ],
    })
    expect(serveSettings(defaultConfig)).toBeUndefined()
  })

  test.each([
    [`${laptop}qmp = "/x"\n`, '4: a target of the kind barrier has no qmp'],
    [`${laptop}profile = "input-linux"\n`, '4: a target of the kind barrier has no profile'],
    ['[[target]]\nname = "a"\nspeed = 2\n', '3: a target of the kind uinput has no speed'],
    [`${laptop}speed = 11\n`, '4: speed: the number is out of range'],
    [`${laptop}speed = nan\n`, '4: speed: the number is out of range'],
    [`${laptop}plain = true\n`, '4: nobody may come without TLS'],
    [
      `${laptop}[[target]]\nname = "b"\nkind = "barrier"\nscreen = "LAPTOP"\n`,
      '7: there are two screens named laptop (line 2)',
    ],
    [`${laptop}[[source]]\ndevice = "a"\ntarget = "laptop"\n`, '6: laptop is a screen, which'],
    [`${laptop}[[clone]]\ndevice = "a"\ntarget = "laptop"\n`, '6: laptop is a screen'],
    [`${laptop}[[map]]\nkeys.mute = "laptop: mute"\n`, '5: laptop is a screen, which'],
    [`${laptop}[share.serve]\nvariant = "a,b"\n`, '5: there are 2 keyboard variants for 1 layout'],
    [`${laptop}[share.serve]\nlayout = "../x"\n`, '5: layout: "../x" is no keyboard layout'],
    [`${laptop}[share.serve]\naddress = "desk"\n`, '5: address: "desk" is no address'],
    [`${laptop}[share.serve]\nplain-addresses = ["desk"]\n`, '5: this is no address'],
    [`${laptop}[share.serve]\nport = 0\n`, '5: port: 0 is out of range'],
    ['[share.serve]\nport = 1\n', '2: [share.serve] has no effect'],
  ])('what is wrong is told: %j', (text, message) => {
    expect(told(text).map((line) => line.split(' / ')[0])).toEqual([
      expect.stringContaining(message),
    ])
  })
})
