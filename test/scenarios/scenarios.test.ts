import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseScenarios, playScenario } from './scenario.ts'

const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.txt'))
  .sort()

for (const file of files) {
  const path = `${import.meta.dirname}/${file}`
  const scenarios = parseScenarios(`test/scenarios/${file}`, readFileSync(path, 'utf8'))
  describe(file.replace('.txt', ''), () => {
    test.for(scenarios)('$name', (scenario) => playScenario(scenario))
  })
}

describe('a scenario', () => {
  const play = (...lines: string[]) => {
    const [scenario] = parseScenarios(
      'a.txt',
      ['device kbd usb keyboard', '=== one', ...lines].join('\n'),
    )
    if (scenario) playScenario(scenario)
  }

  test('fails at a line that is no sentence, with what there is', () => {
    expect(() => play('', 'kbd preses a')).toThrow(/^a\.txt:4: kbd preses a: this is no sentence/)
    expect(() => play('kbd is glued')).toThrow('{device} is unplugged')
  })

  test('fails at a name or a key that is not there', () => {
    expect(() => play('mouse presses a')).toThrow(
      'a.txt:3: mouse presses a: no device is called mouse',
    )
    expect(() => play('switch to vm')).toThrow('no target is called vm')
    expect(() => play('kbd presses aa')).toThrow('a.txt:3: kbd presses aa')
    expect(() => play('device m usb joystick')).toThrow('joystick is none of keyboard, mouse')
    expect(() => play('device m usb mouse, golden')).toThrow('a device cannot be golden')
    expect(() => play('target vm, huge')).toThrow('a target cannot be huge')
  })

  test('fails where something else was seen', () => {
    expect(() => play('kbd presses a', 'host sees kbd b down')).toThrow(
      'a.txt:4: host sees kbd b down: it saw a down',
    )
  })

  test('fails at its end when something was seen that no line speaks of', () => {
    expect(() => play('kbd presses a')).toThrow(
      'a.txt:3: the end: no line speaks of it: host saw kbd a down',
    )
  })

  test('fails where the state is another', () => {
    expect(() => play('kbd is grabbed')).toThrow('a.txt:3: kbd is grabbed: it is not')
    expect(() => play('target vm', 'active is vm')).toThrow('a.txt:4: active is vm: it is host')
    expect(() => play('target vm', 'switch to vm')).toThrow('the switch was refused')
    expect(() => play('an ungrab returns')).toThrow('no ungrab is under way')
    expect(() => play('service hears panic')).toThrow('it heard nothing')
  })
})
