import { describe, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { type Overrides, override } from '../../src/config/override.ts'
import type { Config } from '../../src/config/schema.ts'

function configOf(text: string): Config {
  const { config } = decodeConfig(text)
  if (config === undefined) throw new Error('no configuration')
  return config
}

const file = configOf(`
[[source]]
device = "a"
[[target]]
name = "win10"
repeat = false
[[hotkey]]
keys = "f13"
action = "next"
[[hotkey]]
keys = "f14"
action = "switch"
target = "win10"
`)

const option = (name: string) => ({ kind: 'option', option: name })

describe('options', () => {
  test('that are not there change nothing', () => {
    expect(override(file, {})).toEqual(file)
    expect(override(defaultConfig, {})).toEqual(defaultConfig)
  })

  test('win over the file, and are named as the origin', () => {
    const overrides: Overrides = {
      devices: ['b', 'b'],
      hotkey: [183],
      panic: [1],
      hostMode: 'proxy',
      repeat: true,
      realtime: 0,
      logLevel: 'trace',
    }
    const config = override(file, overrides)
    expect(config.source.map(({ device }) => device.value)).toEqual(['b', 'b'])
    expect(config.target[0]?.repeat).toEqual({ value: true, origin: option('--repeat') })
    expect(config.panic).toEqual({ value: [1], origin: option('--panic') })
    expect(config.host.mode).toEqual({ value: 'proxy', origin: option('--host-mode') })
    expect(config.engine.realtime).toEqual({ value: 0, origin: option('--realtime') })
    expect(config.log.level).toEqual({ value: 'trace', origin: option('--log-level') })
  })

  test('--device stands for the devices that are taken; those of the host stay there', () => {
    const pinned = configOf(
      'source = [{ device = "a" }, { device = "b", target = "host" }, { device = "c", target = "host" }]',
    )
    const { source } = override(pinned, { devices: ['c', 'd'] })
    expect(source.map(({ device, target }) => [device.value, target.value])).toEqual([
      ['c', undefined],
      ['d', undefined],
      ['b', 'host'],
    ])
  })

  test('--clone stands for all clones; one that the file describes goes to the same guests', () => {
    const cloned = configOf(
      'clone = [{ device = "pad", target = "guest" }, { device = "pen" }]\ntarget = [{ name = "guest" }, { name = "b" }]',
    )
    const { clone } = override(cloned, { clones: ['wheel', 'pad'] })
    expect(clone.map(({ device, target }) => [device.value, target.value])).toEqual([
      ['wheel', undefined],
      ['pad', 'guest'],
    ])
    expect(clone[1]?.device.origin).toEqual(option('--clone'))
  })

  test('--hotkey stands for the hotkeys to the next target, the others stay', () => {
    const config = override(file, { hotkey: [185] })
    expect(config.hotkey.map(({ keys, action }) => [keys.value, action.value])).toEqual([
      [[185], 'next'],
      [[184], 'switch'],
    ])
  })

  test('--target stands for all targets; one that the file describes stays as described', () => {
    const config = override(file, { targets: ['mac', 'win10'] })
    expect(config.target.map(({ name, repeat }) => [name.value, repeat.value])).toEqual([
      ['mac', true],
      ['win10', false],
    ])
    expect(config.target[1]?.name.origin).toEqual(option('--target'))
  })

  test.each<[Overrides, string]>([
    [{ targets: ['a', 'a'] }, 'there are two targets named a\nname each target once'],
    [{ targets: ['mac'] }, 'there is no target named "win10" (f.toml:13)\nthere are: host, mac'],
    [
      { hotkey: [184] },
      'another hotkey has the same keys, f14 (f.toml:11)\none set of keys can do one thing',
    ],
    [{ clones: ['a'] }, 'this device is a source, too (f.toml:3)'],
    [{ panic: [183] }, 'the hotkey f13 and the panic chord f13 are the same keys (f.toml:8)'],
    [{ targets: [...'abcdefgh'] }, '8 targets are too many: 7 are the most'],
  ])('%j against the file are refused, with its line', (overrides, message) => {
    expect(() => override(file, overrides, 'f.toml')).toThrow(message)
  })
})

describe('names of screens', () => {
  const { config } = decodeConfig(`
target = [{ name = "win10" }, { name = "lap", kind = "barrier", screen = "laptop", speed = 2 }]
share.serve = { layout = "us,de", variant = ",neo" }
`)
  if (config === undefined) throw new Error('no configuration')

  test('stand for all targets; one that the file describes stays as described', () => {
    const { target } = override(config, { screens: ['laptop', 'work'] })
    expect(target.map(({ name, kind, speed }) => [name.value, kind.value, speed.value])).toEqual([
      ['lap', 'barrier', 2],
      ['work', 'barrier', undefined],
    ])
    const both = override(config, { targets: ['win10'], screens: ['work'] }).target
    expect(both.map(({ name }) => name.value)).toEqual(['win10', 'work'])
  })

  test('bring where they connect, and a layout without the variant of another', () => {
    const serve = override(config, { address: '::1', port: 1, layout: 'fr' })['share.serve']
    const { address, port, layout, variant } = serve
    expect([address, port, layout, variant].map(({ value }) => value)).toEqual([
      ...['::1', 1, 'fr', undefined],
    ])
    expect(override(config, {})['share.serve'].variant.value).toBe(',neo')
  })
})
