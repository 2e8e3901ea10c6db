import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeLinkName } from '../../src/engine/target-name.ts'

const directory = new URL('../../udev/', import.meta.url)
const file = '70-evswitch.rules'
const text = readFileSync(new URL(file, directory), 'utf8')
const blocks = text
  .split(/\n{2,}/)
  .map((block) => block.split('\n').filter((line) => line !== ''))
  .filter((block) => block.length > 0)
const rules = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

/** What a rule is: comma-separated KEY{attribute} operator "value". */
const tokens = /^[A-Z]+(?:\{[^}]+\})?\s*(?:==|!=|=|\+=|-=|:=)\s*"[^"]*"(?:\s*,\s*|$)/

describe('udev rules', () => {
  test('stand in one file, after 60-persistent-input and before 70-power-switch', () => {
    expect(readdirSync(directory).filter((name) => name.endsWith('.rules'))).toEqual([file])
    const order = ['60-input-id.rules', '60-persistent-input.rules', file, '70-power-switch.rules']
    order.push('70-uaccess.rules', '71-seat.rules', '73-seat-late.rules')
    expect([...order].sort()).toEqual(order)
  })

  test('have a reason above every rule', () => {
    for (const block of blocks) {
      if (block.some((line) => line.startsWith('LABEL='))) continue
      expect(block[0], block.join('\n')).toMatch(/^# \S/)
    }
  })

  test('are made of well-formed tokens', () => {
    for (const rule of rules) {
      let rest = rule
      while (rest !== '') {
        const token = tokens.exec(rest)?.[0]
        expect(token, `${rule}\n... ${rest}`).toBeDefined()
        rest = rest.slice(token?.length ?? rest.length)
      }
    }
  })

  test('jump forward only, to a label that exists', () => {
    const label = rules.findIndex((rule) => rule.startsWith('LABEL='))
    const name = /LABEL="([^"]+)"/.exec(rules[label] ?? '')?.[1]
    for (const [index, rule] of rules.entries()) {
      const goto = /GOTO="([^"]+)"/.exec(rule)?.[1]
      if (goto === undefined) continue
      expect(goto).toBe(name)
      expect(index).toBeLessThan(label)
    }
  })

  test('match the phys of every node a target may have', () => {
    const patterns = /ATTRS\{phys\}=="([^"]+)", ENV\{EVSWITCH\}="guest"/.exec(text)?.[1]?.split('|')
    const matches = (phys: string) =>
      patterns?.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(phys))
    for (const target of ['win10', 'host', 'a.b_c-d', 'x'.repeat(32)]) {
      expect(matches(nodeLinkName(target, 'kbd'))).toBe(true)
      expect(matches(nodeLinkName(target, 'mouse'))).toBe(true)
      expect(matches(nodeLinkName(target, 'clone12'))).toBe(true)
    }
    for (const phys of ['usb-0000:00:14.0-2/input0', 'py-evdev-uinput', 'evswitch', '']) {
      expect(matches(phys)).toBe(false)
    }
  })

  test('keep guest nodes off the desktop, the power keys and the seats, and leave host nodes alone', () => {
    const hostLeaves = rules.findIndex((rule) => rule.startsWith('ENV{EVSWITCH}=="host", GOTO='))
    const guestOnly = rules.slice(hostLeaves + 1).join('\n')
    const shared = rules.slice(0, hostLeaves).join('\n')
    for (const wanted of [
      'ENV{LIBINPUT_IGNORE_DEVICE}="1"',
      'ENV{ID_INPUT_KEY}=""',
      'ENV{ID_INPUT_SWITCH}=""',
      'ENV{ID_INPUT}=""',
      'ENV{ID_INPUT_JOYSTICK}=""',
      'ENV{ID_INPUT_TOUCHPAD}=""',
      'ENV{ID_SEAT}=',
    ]) {
      expect(guestOnly).toContain(wanted)
      expect(shared).not.toContain(wanted)
    }
    expect(shared).toContain('SYMLINK+="input/by-id/$attr{phys}"')
  })

  test('give uinput to the service, and change owner, group or mode of nothing else', () => {
    const owning = rules.filter((rule) => /(OWNER|GROUP|MODE)[:+]?=/.test(rule))
    expect(owning).toEqual([
      'SUBSYSTEM=="misc", KERNEL=="uinput", OWNER="evswitch", OPTIONS+="static_node=uinput"',
    ])
  })

  test('take the phys of the device they have just matched by it', () => {
    const using = rules.filter((rule) => rule.includes('$attr{phys}'))
    expect(using).toHaveLength(1)
    for (const rule of using) expect(rule).toMatch(/ATTRS\{phys\}==.*\$attr\{phys\}/)
  })

  test('run no program', () => {
    expect(rules.join('\n')).not.toMatch(/PROGRAM|RUN|IMPORT\{program\}/)
  })
})
