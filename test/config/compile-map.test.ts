import { expect, test } from 'vitest'
import { compileMap, needsHostNode } from '../../src/config/compile-map.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import { configToml } from '../../src/config/show.ts'
import { codes } from '../../src/engine/code-table.ts'

const { KEY_A, KEY_B, KEY_C, KEY_F1, KEY_MUTE, REL_WHEEL, REL_WHEEL_HI_RES } = codes

function configOf(...lines: string[]) {
  const { config, diagnostics } = decodeConfig(lines.join('\n'))
  if (config === undefined) throw new Error(diagnostics.map(({ message }) => message).join())
  return config
}

const guests = ['[[target]]', 'name = "one"', '[[target]]', 'name = "two"']

/** What a key becomes for a class of sources while a target is active. */
function resultFor(map: ReturnType<typeof compileMap>, sourceClass: number, target: string) {
  const table = map.classes[sourceClass]?.get(target)
  return map.rules.filter((rule) => rule.table === table).map(({ result }) => result)
}

test('tables that are alike are one', () => {
  const map = compileMap(configOf(...guests, '[[map]]', 'keys.f1 = "a"'), [[]])
  expect(map.rules).toHaveLength(1)
  expect([...(map.classes[0] ?? [])]).toEqual([
    ['one', 0],
    ['two', 0],
  ])
})

test('the device counts before the target, and that before the rest', () => {
  const config = configOf(
    ...guests,
    ...['[[map]]', 'keys.f1 = "a"', '[[map]]', 'target = "one"', 'keys.f1 = "b"'],
    ...['[[map]]', 'device = "x"', 'keys.f1 = "c"'],
  )
  const map = compileMap(config, [[], [2]])
  expect(resultFor(map, 0, 'two')).toEqual([{ kind: 'keys', keys: [KEY_A] }])
  expect(resultFor(map, 0, 'one')).toEqual([{ kind: 'keys', keys: [KEY_B] }])
  expect(resultFor(map, 1, 'one')).toEqual([{ kind: 'keys', keys: [KEY_C] }])
})

test('kept keys are rules of the other targets, and a map has the last word', () => {
  const config = configOf(
    'keep-on-host = ["mute", "f1"]',
    ...guests,
    ...['keep = ["f2"]', '[[map]]', 'target = "two"', 'keys.mute = "a"'],
  )
  const map = compileMap(config, [[]])
  expect(resultFor(map, 0, 'one')).toEqual([
    { kind: 'keys', keys: [KEY_MUTE], target: 'host' },
    { kind: 'keys', keys: [KEY_F1], target: 'host' },
    { kind: 'keys', keys: [codes.KEY_F2], target: 'two' },
  ])
  expect(resultFor(map, 0, 'two')[0]).toEqual({ kind: 'keys', keys: [KEY_A] })
  expect(resultFor(map, 0, 'host')).toEqual([{ kind: 'keys', keys: [codes.KEY_F2], target: 'two' }])
  expect(needsHostNode(config)).toBe(true)
})

test('a host that reads its devices itself has only what can be felt there', () => {
  const lines = ['[[map]]', 'keys.f1 = "a"', 'keys.f2 = "switch next"', 'axes.x = "invert"']
  expect(resultFor(compileMap(configOf(...lines), [[]]), 0, 'host')).toEqual([
    { kind: 'action', action: { kind: 'next' } },
  ])
  const proxied = configOf(...lines, '[host]', 'mode = "proxy"')
  expect(resultFor(compileMap(proxied, [[]]), 0, 'host')).toHaveLength(2)
  expect(needsHostNode(proxied)).toBe(false)
})

test('a wheel has its twin of high resolution with it', () => {
  const { axes } = compileMap(configOf('[[map]]', 'axes.wheel = "invert"'), [[]])
  expect(axes.map(({ code, to, factor }) => [code, to, factor])).toEqual([
    [REL_WHEEL, REL_WHEEL, -1],
    [REL_WHEEL_HI_RES, REL_WHEEL_HI_RES, -1],
  ])
})

test('more classes than the engine has room for are refused', () => {
  const classes = Array.from({ length: 17 }, (_, index) => [index])
  expect(() => compileMap(configOf('[[map]]', 'keys.f1 = "a"'), classes)).toThrow(
    'need 17 classes: 16 are the most',
  )
})

test('a map is shown as TOML that says the same', () => {
  const text = [
    'keep-on-host = ["mute"]',
    ...['[[map]]', 'device = "MOSART"', 'keys.BTN_SIDE = "leftctrl+c"'],
    ...['keys."leftctrl+q" = ["a", 20, "b"]', 'axes.y = "invert, scale 0.5"'],
  ]
  const shown = configToml(configOf(...text))
  expect(shown.find((line) => line.startsWith('keys = {'))).toMatch(
    'keys = { btn_side = "leftctrl+c", "leftctrl+q" = ["a", 20, "b"] }',
  )
  const again = configOf(...shown)
  expect(compileMap(again, [[0]])).toEqual(compileMap(configOf(...text), [[0]]))
})
