import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeScript, encode, keyNames, stepNames, stepOf, toHex } from './script.ts'

const source = readFileSync(new URL('../../native/sim/play.c', import.meta.url), 'utf8')

describe('scripts of the simulation', () => {
  test('have their steps in the order in which they are played', () => {
    const names = [...source.matchAll(/^\tSTEP_(\w+),/gm)].map(([, name]) => name)

    // Those of clones, maps and changes are played by tests of their own beside this one.
    const others = ['STICK', 'TOUCH', 'CONSUME_CLONE', 'MAP', 'WAIT', 'CLASSIFY', 'CHANGE', 'COUNT']
    expect([...stepNames, ...others]).toEqual(names)
  })

  test('have their keys in the order in which they are played', () => {
    const body = /codes\[\] = \{([^}]*)\}/.exec(source)?.[1] ?? ''

    expect(keyNames).toEqual(
      [...body.matchAll(/(?:KEY|BTN)_(\w+)/g)].map(([, name]) => name?.toLowerCase()),
    )
  })

  test('are bytes: the stage, then each step with its arguments', () => {
    const chord = { step: stepNames.indexOf('CHORD'), args: [1, 0] }

    expect(toHex(encode(1, [chord]))).toBe('01140100')
    expect(describeScript(1, [chord])).toBe('proxied host\nchord ps2 keyboard usb keyboard')
  })

  test('consist of steps that shrink to reading everything', () => {
    expect(stepOf(0)).toEqual({ step: stepNames.indexOf('READ_ALL'), args: [] })
  })
})
