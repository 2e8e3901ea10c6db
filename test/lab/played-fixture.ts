import { bitmapOf, codesOf, has, parseBitmap } from '../../src/devices/bitmap.ts'
import { codes } from '../../src/engine/code-table.ts'
import type { FixtureNode } from '../devices/fake-root.ts'
import type { PlayedDeviceOptions } from './tools.ts'

const bitTypes: readonly (readonly [name: string, type: number])[] = [
  ['key', codes.EV_KEY],
  ['rel', codes.EV_REL],
  ['msc', codes.EV_MSC],
  ['sw', codes.EV_SW],
  ['led', codes.EV_LED],
  ['snd', codes.EV_SND],
  ['ff', codes.EV_FF],
]

/** The uinput device that is most like a recorded one. */
export function played(node: FixtureNode): PlayedDeviceOptions {
  const set = (text = '0') => codesOf(parseBitmap(text, 64) ?? bitmapOf([]))
  const types = parseBitmap(node.capabilities['ev'] ?? '0', 64) ?? bitmapOf([])
  const bits = bitTypes.flatMap(([name, type]) =>
    set(node.capabilities[name]).map((code) => `${type}:${code}`),
  )
  const axes = set(node.capabilities['abs']).map((code) => {
    // uinput makes at most 100 slots.
    const unknown = [0, code === codes.ABS_MT_SLOT ? 9 : 255, 0, 0, 0]
    const range = node.absinfo?.[code] ?? unknown
    return [code, ...range].join(':')
  })
  const number = (text: string) => Number.parseInt(text, 16)
  return {
    name: node.name.slice(0, 79),
    bus: number(node.id.bus),
    vendor: number(node.id.vendor),
    product: number(node.id.product),
    version: number(node.id.version),
    ...(node.phys === '' ? {} : { phys: node.phys }),
    ...(has(types, codes.EV_REP) ? { repeat: true } : {}),
    ...(bits.length === 0 ? {} : { bits: bits.join(',') }),
    ...(axes.length === 0 ? {} : { abs: axes.join(',') }),
    ...(node.properties === '0' ? {} : { props: set(node.properties).join(',') }),
  }
}
