import { beforeEach, expect, test } from 'vitest'
import { Account } from './account.ts'
import type { Side } from './input-event.ts'
import { Journal } from './journal.ts'
import { keyCode } from './keys.ts'
import { openClaims, settleSums } from './story.ts'

let journal: Journal
let expected: Record<Side, Account>

/** What a side should see, and does. */
function deliver(side: Side, key: string): void {
  const event = { kind: 'press', code: keyCode(key) } as const
  expected[side].add(event)
  journal.add(side, event)
}

/** The claims that hold. */
function proven(): readonly string[] {
  const claims = openClaims()
  settleSums({ journal, expected, hotkeySwitches: 1 }, claims)
  return claims.all.filter(({ holds }) => holds === true).map(({ text }) => text)
}

beforeEach(() => {
  journal = new Journal()
  expected = { host: new Account(), guest: new Account() }
  deliver('host', 'a')
  deliver('guest', 'b')
  for (const side of ['host', 'guest'] as const) {
    const event = { kind: 'motion', x: 1, y: 1 } as const
    expected[side].add(event)
    journal.add(side, event)
  }
})

test('what should be seen and is, is proven', () => {
  expect(proven()).toHaveLength(4)
})

test('a key that the other side sees too is noticed', () => {
  journal.add('host', { kind: 'press', code: keyCode('b') })
  expect(proven().join()).not.toContain('The host got')
  expect(proven().join()).toContain('The guest got')
})

test('a key that is lost is noticed', () => {
  expected.guest.add({ kind: 'press', code: keyCode('c') })
  expect(proven().join()).not.toContain('The guest got')
})

test('keys in another order are noticed', () => {
  expected.host.add({ kind: 'press', code: keyCode('c') })
  expected.host.add({ kind: 'press', code: keyCode('d') })
  journal.add('host', { kind: 'press', code: keyCode('d') })
  journal.add('host', { kind: 'press', code: keyCode('c') })
  expect(proven().join()).not.toContain('The host got')
})

test('a movement on the wrong side is noticed', () => {
  journal.add('guest', { kind: 'motion', x: 1, y: 0 })
  expect(proven().join()).not.toContain('The mouse')
})

test('both Ctrl keys in the guest are noticed', () => {
  deliver('guest', 'ctrl_r')
  expect(proven().join()).not.toContain('Both Ctrl')
})

test('what no step has settled is not proven', () => {
  expect(openClaims().allHold).toBe(false)
  expect(proven().join()).not.toContain('panic')
})
