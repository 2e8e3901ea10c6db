import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { wheels } from '../../src/engine/key-map.ts'
import * as abi from '../../src/native/abi.ts'
import { nativeLibrary } from '../../src/native/library.ts'

const header = readFileSync(new URL('../../native/include/evswitch.h', import.meta.url), 'utf8')
const withoutComments = header.replace(/\/\*[\s\S]*?\*\//g, '')

/** Names without EVS_ and their numbers, as an `enum evs_...` of the header has them. */
function enumerators(name: string, prefix: string): Record<string, number> {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(withoutComments)?.[1] ?? ''
  const found = body.matchAll(/EVS_(\w+)\s*=\s*([^,]+)/g)
  return Object.fromEntries(
    [...found].map(([, key = '', value = '']) => [
      key.replace(new RegExp(`^${prefix}_`), ''),
      numberOf(value),
    ]),
  )
}

function numberOf(text: string): number {
  const shifted = /(\d+)u?\s*<<\s*(\d+)/.exec(text)
  return shifted ? Number(shifted[1]) << Number(shifted[2]) : Number(text.trim())
}

function defined(name: string): number {
  const text = new RegExp(`#define ${name}\\s+(\\w+)`).exec(withoutComments)?.[1] ?? ''
  return Number(text.replace(/u$/, ''))
}

function members(name: string): string[] {
  const body = new RegExp(`struct ${name} \\{([^}]*)\\}`).exec(withoutComments)?.[1] ?? ''
  return body
    .split(';')
    .flatMap((line) => line.replace(/^\s*(struct )?\w+\s/, '').split(','))
    .map((member) => member.trim().replace(/\[.*$/, ''))
    .filter((member) => member !== '')
}

describe('the binding and the header', () => {
  test.each([
    ['evs_source_flag', 'SOURCE', abi.sourceFlags],
    ['evs_open_flag', 'OPEN', abi.openFlags],
    ['evs_sink_kind', 'SINK', abi.sinkKinds],
    ['evs_sink_flag', 'SINK', abi.sinkFlags],
    ['evs_message_kind', 'MESSAGE', abi.messageKinds],
    ['evs_profile', 'PROFILE', abi.profiles],
    ['evs_host_mode', 'HOST', abi.hostModes],
    ['evs_repeat', 'REPEAT', abi.repeats],
    ['evs_grab_toggle', 'TOGGLE', abi.toggles],
    ['evs_target_flag', 'TARGET', abi.targetFlags],
    ['evs_action', 'ACTION', abi.actions],
    ['evs_map_kind', 'MAP', abi.mapKinds],
    ['evs_event_kind', 'EVENT', abi.eventKinds],
    ['evs_reason', 'REASON', abi.reasons],
  ])('agree about enum %s', (name, prefix, table) => {
    expect(table).toEqual(enumerators(name, prefix))
  })

  test('agree about the wheels that trigger rules', () => {
    const { TRIGGER_COUNT, ...found } = enumerators('evs_map_wheel', 'WHEEL')
    const named = Object.entries(wheels).map(([name, code]) => [
      name.replace('wheel-', '').toUpperCase(),
      code,
    ])
    expect(Object.fromEntries(named)).toEqual(found)
    expect(TRIGGER_COUNT).toBe(wheels['wheel-right'] + 1)
  })

  test('agree about the histograms', () => {
    const { COUNT, ...kinds } = enumerators('evs_histogram_kind', 'HISTOGRAM')
    expect(abi.histogramKinds).toEqual(kinds)
    expect(Object.keys(kinds)).toHaveLength(COUNT ?? 0)
    expect(abi.histogramSlots).toBe(defined('EVS_HISTOGRAM_SLOTS'))
  })

  test('agree about the limits', () => {
    expect(abi.abiVersion).toBe(defined('EVS_ABI_VERSION'))
    expect(abi.none).toBe(defined('EVS_NONE'))
    expect(abi.hostId).toBe(defined('EVS_HOST'))
    expect(Object.values(abi.limits)).toEqual(
      [
        'EVS_SOURCE_MAX',
        'EVS_TARGET_MAX',
        'EVS_SINK_MAX',
        'EVS_CLONE_MAX',
        'EVS_HOTKEY_MAX',
        'EVS_HOTKEY_KEYS_MAX',
        'EVS_NAME_SIZE',
        'EVS_PATH_SIZE',
        'EVS_DEVICE_NAME_SIZE',
        'EVS_COMMAND_MAX',
        'EVS_MESSAGE_SIZE',
        'EVS_MAP_RULE_MAX',
        'EVS_MAP_AXIS_MAX',
        'EVS_MAP_STEP_MAX',
        'EVS_MAP_TABLE_MAX',
        'EVS_MAP_CLASS_MAX',
        'EVS_MAP_KEYS_MAX',
        'EVS_MACRO_KEYS_MAX',
        'EVS_MACRO_WAIT_MAX',
        'EVS_RATE_MAX',
      ].map(defined),
    )
  })

  test.each(Object.entries(abi.structs))('agree about struct evs_%s', (name, type) => {
    expect(Object.keys(type.members ?? {})).toEqual(members(`evs_${name}`))
  })

  test('agree about the counters of the statistics page', () => {
    expect(Object.keys(abi.statsStruct.members ?? {})).toEqual(members('evs_stats'))
    expect(header).toContain(`reserved[${abi.reservedCounters}]`)
  })
})

describe('a library', () => {
  test('that was built from this header is taken', () => {
    expect(nativeLibrary().path).toContain('native/build/libevswitch.so')
    expect(nativeLibrary()).toBe(nativeLibrary())
  })

  const layout = abi.expectedLayout()

  test('of another version is refused in one sentence that says what to do', () => {
    expect(() => abi.checkAbi({ version: abi.abiVersion + 1, layout }, '/x.so')).toThrow(
      `/x.so does not fit this evswitch: it is version ${abi.abiVersion + 1}, version ${abi.abiVersion} is needed\nbuild both together: npm run build`,
    )
  })

  test.each([
    ['one number differs', layout.map((value, index) => (index === 3 ? value + 8 : value))],
    ['it has a struct less', layout.slice(0, -1)],
    ['it has a struct more', [...layout, 8]],
  ])('with another layout is refused: %s', (_, other) => {
    expect(() => abi.checkAbi({ version: abi.abiVersion, layout: other }, '/x.so')).toThrow(
      'its structs are laid out differently',
    )
  })
})
