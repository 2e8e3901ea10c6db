import { expect, test } from 'vitest'
import { emptyKeyMap } from '../../src/engine/key-map.ts'
import { type MapOptions, noMap } from '../../src/service/maps.ts'
import { later, planReload } from '../../src/service/reload-plan.ts'
import type { SessionOptions } from '../../src/service/session.ts'
import type { GuestOptions } from '../../src/service/targets.ts'

const before: SessionOptions = {
  targets: [
    { name: 'win10', repeat: true, enterOnStart: false },
    { name: 'mac', repeat: true, enterOnStart: false },
  ],
  hotkeys: [{ keys: [29, 97], action: { kind: 'next' } }],
  devices: [],
  pinned: [],
  pins: [],
  clones: [],
  waits: true,
  hostMode: 'release',
  indicator: false,
  realtimePriority: 20,
}

const nothing = {
  added: [],
  removed: [],
  changed: [],
  hotkeys: false,
  indicator: false,
  sources: false,
  map: false,
  later: [],
}

test('the same options are no change', () => {
  expect(planReload(before, structuredClone(before))).toEqual(nothing)
})

test('targets are told by their names', () => {
  const linux = { name: 'linux', repeat: false, enterOnStart: true }
  const win10 = { name: 'win10', repeat: false, enterOnStart: false }
  expect(planReload(before, { ...before, targets: [win10, linux] })).toEqual({
    ...nothing,
    added: [linux],
    removed: ['mac'],
    changed: [win10],
  })
})

test.each([
  [{ hotkeys: [] }, { hotkeys: true }],
  [{ indicator: true }, { indicator: true }],
  [{ devices: ['mosart'] }, { sources: true }],
  [{ pinned: ['mosart'] }, { sources: true }],
  [{ pins: [{ device: 'mosart', target: 'mac' }] }, { sources: true }],
])('what changes is done: %j', (change, plan) => {
  expect(planReload(before, { ...before, ...change })).toEqual({ ...nothing, ...plan })
})

test.each([
  [{ hostMode: 'proxy' as const }, 'host.mode changes when evswitch is started again'],
  [{ realtimePriority: 0 }, 'engine.realtime changes when evswitch is started again'],
  [
    { clones: [{ device: 'pad', target: 'mac', waits: true }] },
    'which devices are cloned changes when evswitch is started again',
  ],
])('what cannot change is told: %j', (change, sentence) => {
  expect(planReload(before, { ...before, ...change })).toEqual({ ...nothing, later: [sentence] })
})

test('what is made with the nodes of a target cannot change', () => {
  const [win10, mac] = before.targets as [GuestOptions, GuestOptions]
  const targets = [{ ...win10, maxRate: 125 }, mac]
  expect(planReload(before, { ...before, targets })).toEqual({
    ...nothing,
    later: ['the kind, profile or max-rate of win10 changes when evswitch is started again'],
  })
})

test('a guest cannot become a screen while a session runs', () => {
  const [win10, mac] = before.targets as [GuestOptions, GuestOptions]
  const screen = { name: 'mac', repeat: true, enterOnStart: false, isScreen: true } as const
  const options = { ...before, targets: [{ ...win10, profile: 'input-linux' as const }, mac] }
  const plan = planReload(options, { ...options, targets: [options.targets[0] ?? mac, screen] })
  expect(plan).toEqual({
    ...nothing,
    later: ['the kind, profile or max-rate of mac changes when evswitch is started again'],
  })
})

test('a screen that comes is told no clones', () => {
  const clones = [{ device: 'pad', target: undefined, waits: true }]
  const screen = { name: 'laptop', repeat: true, enterOnStart: false, isScreen: true } as const
  const options = { ...before, clones }
  const plan = planReload(options, { ...options, targets: [...before.targets, screen] })
  expect(plan).toEqual({ ...nothing, added: [screen] })
})

test('a target that comes has the clones that are for all at the next start', () => {
  const clones = [{ device: 'pad', target: undefined, waits: true }]
  const linux = { name: 'linux', repeat: false, enterOnStart: true }
  const options = { ...before, clones }
  expect(planReload(options, { ...options, targets: [...before.targets, linux] })).toEqual({
    ...nothing,
    added: [linux],
    later: ['clones for linux come when evswitch is started again'],
  })
})

test('a map that does the same is no change', () => {
  const map = (key: number): MapOptions => ({
    ...noMap,
    compile: () => ({
      ...emptyKeyMap,
      rules: [{ table: 0, keys: [key], result: { kind: 'block' } }],
      classes: [new Map([['win10', 0]])],
    }),
  })
  expect(planReload({ ...before, map: map(30) }, { ...before, map: map(30) }).map).toBe(false)
  expect(planReload({ ...before, map: map(30) }, { ...before, map: map(31) }).map).toBe(true)
  expect(planReload(before, { ...before, map: map(30) }).map).toBe(true)
})

test('a setting that stays is not told', () => {
  expect(later('control', { socket: 'a' }, { socket: 'a' })).toEqual([])
  expect(later('control', undefined, { socket: 'a' })).toHaveLength(1)
})
