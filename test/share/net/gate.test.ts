import { describe, expect, test } from 'vitest'
import { Gate, type Refusal } from '../../../src/share/net/gate.ts'

interface Told {
  readonly address: string
  readonly why: Refusal
  readonly count: number
}

function gate() {
  const told: Told[] = []
  const time = { nowMs: 0 }
  const it = new Gate(
    (address, why, count) => told.push({ address, why, count }),
    () => time.nowMs,
  )
  return { it, told, time }
}

const from = (address: string, count: number) => Array.from({ length: count }, () => ({ address }))

describe('one more is let in', () => {
  test.each([
    ['where nobody is', 0, [], undefined],
    ['beside three from there', 3, from('a', 3), undefined],
    ['not beside four from there', 4, from('a', 4), 'there are too many that are not trusted yet'],
    ['beside fifteen from elsewhere', 15, from('b', 15), undefined],
    ['not beside sixteen', 16, from('b', 16), 'there are too many that are not trusted yet'],
    ['beside 63 who are trusted', 63, [], undefined],
    ['not beside 64', 64, [], 'there are too many connections'],
  ] as const)('%s', (_, sockets, strangers, refusal) => {
    expect(gate().it.refusalOf('a', sockets, strangers)).toBe(refusal)
  })

  test('20 times at once, and 10 times in each second', () => {
    const { it, time } = gate()
    const tries = (count: number) =>
      Array.from({ length: count }, () => it.refusalOf('a', 0, [])).filter(
        (refusal) => refusal === undefined,
      ).length
    expect(tries(50)).toBe(20)
    time.nowMs += 1000
    expect(tries(50)).toBe(10)
    time.nowMs += 3_600_000
    expect(tries(50)).toBe(20)
  })
})

test('who is sent away is told once in 10 s, with the number of all', () => {
  const { it, told, time } = gate()
  const why = 'the TLS handshake failed'
  for (let index = 0; index < 1000; index++) it.refuse('a', why)
  time.nowMs += 10_000
  it.refuse('b', why)
  expect(told).toEqual([
    { address: 'a', why, count: 1 },
    { address: 'b', why, count: 1000 },
  ])
})
