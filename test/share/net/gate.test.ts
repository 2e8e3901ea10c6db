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
    ['beside 63 who are trusted', 63, [], undefined],
    ['not beside 64', 64, [], 'there are too many connections'],
  ] as const)('%s', (_, sockets, strangers, refusal) => {
    expect(gate().it.judge('a', sockets, strangers).refusal).toBe(refusal)
  })

  test('in the place of the oldest of those who have the most, where there is no more room', () => {
    const strangers = [
      ...[...from('b', 3), ...from('c', 4), ...from('d', 4), ...from('e', 4), ...from('f', 1)],
    ].map((stranger, index) => ({ ...stranger, index }))
    const { it } = gate()
    expect(it.judge('a', 16, strangers)).toMatchObject({ displaced: { address: 'c', index: 3 } })
    expect(it.judge('f', 16, strangers)).toMatchObject({ displaced: { address: 'c', index: 3 } })
    expect(it.judge('b', 16, strangers).refusal).toBe('there are too many that are not trusted yet')
  })

  test('in the place of one of a network that has them all', () => {
    const strangers = Array.from({ length: 16 }, (_, index) => ({ address: `2001:db8::${index}` }))
    const { it } = gate()
    expect(it.judge('a', 16, strangers)).toMatchObject({ displaced: { address: '2001:db8::0' } })
    expect(it.judge('2001:db8::99', 16, strangers).refusal).toBeDefined()
  })

  test('not where sixteen from sixteen addresses are', () => {
    const strangers = Array.from({ length: 16 }, (_, index) => ({ address: `b${index}` }))
    expect(gate().it.judge('a', 16, strangers).refusal).toBe(
      'there are too many that are not trusted yet',
    )
  })
})

describe('in a short time', () => {
  const countOf = (it: Gate, addresses: readonly string[]) =>
    addresses.filter((address) => it.judge(address, 0, []).refusal === undefined).length
  const times = (count: number, address: string) => Array<string>(count).fill(address)
  const many = (count: number) => Array.from({ length: count }, (_, index) => `b${index}`)

  test('one address may call 8 times at once, and twice in each second', () => {
    const { it, time } = gate()
    expect(countOf(it, times(50, 'a'))).toBe(8)
    time.nowMs += 1000
    expect(countOf(it, times(50, 'a'))).toBe(2)
    time.nowMs += 3_600_000
    expect(countOf(it, times(50, 'a'))).toBe(8)
  })

  test('all together may call 20 times at once, and 10 times in each second', () => {
    const { it, time } = gate()
    expect(countOf(it, many(50))).toBe(20)
    time.nowMs += 1000
    expect(countOf(it, many(50))).toBe(10)
  })

  test('a flood from one address keeps nobody else out', () => {
    const { it, time } = gate()
    for (let second = 0; second < 60; second++) {
      expect(countOf(it, times(1000, 'a'))).toBeLessThanOrEqual(second === 0 ? 8 : 2)
      expect(countOf(it, ['b'])).toBe(1)
      time.nowMs += 1000
    }
  })

  test('a network with as many addresses as it likes is kept back, too', () => {
    const { it, time } = gate()
    let next = 0
    const addresses = () => Array.from({ length: 50 }, () => `2001:db8::${(next++).toString(16)}`)
    expect(countOf(it, addresses())).toBe(14)
    expect(countOf(it, ['2001:db8:0:1::1', 'b'])).toBe(2)
    time.nowMs += 1000
    expect(countOf(it, addresses())).toBe(6)
    expect(countOf(it, ['2001:db8:0:1::1', 'b'])).toBe(2)
  })

  test('who called before 256 others is forgotten, so that memory has an end', () => {
    const { it, time } = gate()
    expect(countOf(it, times(50, 'a'))).toBe(8)
    for (const address of many(256)) {
      time.nowMs += 1
      it.judge(address, 0, [])
    }
    time.nowMs += 700
    // It has earned one or two calls by now, and gets as many as a stranger.
    expect(countOf(it, times(50, 'a'))).toBeGreaterThan(2)
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
