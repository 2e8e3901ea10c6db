import { beforeEach, describe, expect, test } from 'vitest'
import { EventRouter } from '../../src/engine/event-router.ts'
import { TargetTable } from '../../src/engine/target-table.ts'
import type { Source } from '../../src/engine/types.ts'
import { eventKinds, none } from '../../src/native/abi.ts'
import type { EventRecord } from '../../src/native/records.ts'

function record(fields: Partial<EventRecord>): EventRecord {
  const ids = { source: none, target: none, previous: none, sink: none }
  return { kind: 0, request: 0, result: 0, ...ids, reason: 0, value: 0n, timeNs: 7n, ...fields }
}

function sourceAt(path: string): Source {
  const info = {} as Source['info']
  return { path, info, close: () => {} }
}

describe('records about a source', () => {
  let router: EventRouter
  let told: string[]
  const keyboard = sourceAt('keyboard')
  const mouse = sourceAt('mouse')

  beforeEach(() => {
    router = new EventRouter(new TargetTable())
    told = []
    for (const name of ['grabbed', 'ungrabbed', 'source-gone', 'grab-failed', 'resync'] as const) {
      router.events.on(name, ({ source }: { source: Source }) =>
        told.push(`${name} ${source.path}`),
      )
    }
  })

  test('that come before its id is known are told when it is', () => {
    router.route(record({ kind: eventKinds.GRABBED, source: 3 }))
    router.route(record({ kind: eventKinds.GRAB_FAILED, source: 4 }))
    expect(told).toEqual([])
    router.addSource(3, keyboard)
    expect(told).toEqual(['grabbed keyboard'])
    router.addSource(4, mouse)
    expect(told).toEqual(['grabbed keyboard', 'grab-failed mouse'])
  })

  test('that has gone are told of the next one with its id, but for the end of its ungrab', () => {
    router.addSource(3, keyboard)
    router.route(record({ kind: eventKinds.SOURCE_GONE, source: 3, result: -19 }))
    router.route(record({ kind: eventKinds.UNGRABBED, source: 3 }))
    router.route(record({ kind: eventKinds.GRABBED, source: 3 }))
    expect(told).toEqual(['source-gone keyboard', 'ungrabbed keyboard'])
    router.addSource(3, mouse)
    expect(told.at(-1)).toBe('grabbed mouse')
    expect(router.sourceId(keyboard)).toBe(undefined)
    expect(router.sourceId(mouse)).toBe(3)
  })

  test('that is removed end with its ungrab', () => {
    router.addSource(3, keyboard)
    router.endSource(3)
    expect(router.sourceId(keyboard)).toBe(undefined)
    router.route(record({ kind: eventKinds.UNGRABBED, source: 3, value: 40n }))
    expect(told).toEqual(['ungrabbed keyboard'])
  })
})

describe('records of the engine', () => {
  test.each([
    ['panic', { kind: eventKinds.PANIC }, { timeNs: 7n }],
    ['lost', { kind: eventKinds.LOST, value: 12n }, { timeNs: 7n, count: 12 }],
    ['no-realtime', { kind: eventKinds.NO_REALTIME, result: -1 }, { timeNs: 7n, error: 'EPERM' }],
    ['no-memory-lock', { kind: eventKinds.NO_MEMORY_LOCK, result: -12 }, { error: 'ENOMEM' }],
    ['no-hotplug', { kind: eventKinds.NO_HOTPLUG, result: -93 }, { error: 'EPROTONOSUPPORT' }],
    ['devices', { kind: eventKinds.DEVICES }, { timeNs: 7n }],
    [
      'consumer',
      { kind: eventKinds.CONSUMER, target: 1, previous: 1, value: 1n },
      { target: 'win10', role: 'mouse', present: true },
    ],
    [
      'switched',
      { kind: eventKinds.SWITCHED, target: 1, previous: 0, reason: 1, value: 5n },
      { target: 'win10', previous: 'host', reason: 'hotkey', latencyNs: 2 },
    ],
  ] as const)('become the event %s', (name, fields, expected) => {
    const targets = new TargetTable()
    targets.add(1, 'win10')
    const router = new EventRouter(targets)
    const told: unknown[] = []
    router.events.on(name, (event: unknown) => told.push(event))
    router.route(record(fields))
    expect(told).toEqual([expect.objectContaining(expected)])
  })

  test('of a kind that is not known yet are passed over', () => {
    const router = new EventRouter(new TargetTable())
    expect(() => router.route(record({ kind: 9999 }))).not.toThrow()
  })
})
