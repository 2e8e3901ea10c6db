import { describe, expect, test } from 'vitest'
import {
  layoutAdvice,
  layoutNames,
  readKnownNames,
  unknownNames,
} from '../../../src/share/keys/layout-names.ts'

const known = readKnownNames(`! model
  pc105           Generic 105-key PC

! layout
  us              English (US)
  de              German
  kn              Kannada

! variant
  nodeadkeys      de: German (no dead keys)
  neo             de: German (Neo 2)
  dvorak          us: English (Dvorak)

! option
  caps            Caps Lock behavior
  caps:escape     Make Caps Lock an additional Esc
`)

describe('names of a layout', () => {
  test('are the usual ones where nothing is said', () => {
    expect(layoutNames({})).toEqual({
      rules: 'evdev',
      model: 'pc105',
      layout: 'us',
      variant: '',
      options: '',
    })
  })

  test.each([
    { layout: 'us,ru', variant: ',phonetic', options: 'grp:alt_shift_toggle,compose:ralt' },
    { layout: 'de', variant: 'neo', model: 'apple_laptop' },
    { layout: 'ca', variant: 'fr-dvorak', options: 'lv3:ralt_switch' },
  ])('that are in use pass: %j', (wish) => {
    expect(layoutNames(wish)).toMatchObject(wish)
  })

  test.each([
    [{ layout: '../../etc/passwd' }, '"../../etc/passwd" is no keyboard layout\nwrite it as in de'],
    [{ layout: '' }, '"" is no keyboard layout'],
    [{ layout: 'us(intl)' }, 'is no keyboard layout'],
    [{ layout: 'de\n' }, '"de\\n" is no keyboard layout'],
    [{ layout: 'us,' }, 'is no keyboard layout'],
    [{ layout: 'x'.repeat(257) }, `"${'x'.repeat(40)}..." is no keyboard layout`],
    [{ variant: 'a b' }, '"a b" is no keyboard variant'],
    [{ rules: '/tmp/evil' }, '"/tmp/evil" is no keyboard rules'],
    [{ model: '%S' }, 'is no keyboard model'],
    [{ options: 'escape' }, '"escape" is no keyboard option\nwrite it as in compose:ralt'],
    [{ options: 'a:b,,c:d' }, 'is no keyboard option'],
    [{ layout: 'a,b,c,d,e' }, '5 keyboard layouts are more than there can be\nname 4 at most'],
    [{ layout: 'us', variant: 'a,b' }, 'there are 2 keyboard variants for 1 layout\n'],
  ])('are refused before anything is done with them: %j', (wish, message) => {
    expect(() => layoutNames(wish)).toThrow(message)
  })
})

describe('advice', () => {
  test.each([
    [{ layout: 'deu' }, 'did you mean de?'],
    [{ layout: 'German' }, 'did you mean de?'],
    [{ layout: 'us,du' }, 'did you mean de?'],
    [{ layout: 'de', variant: 'nodeadkey' }, 'did you mean nodeadkeys?'],
    [{ layout: 'de', variant: 'xylophone' }, 'variants of de: nodeadkeys, neo'],
    [{ layout: 'kn', variant: 'neo' }, 'kn has no variants'],
    [{ layout: 'xylophone' }, undefined],
    [{ layout: 'de', variant: 'neo' }, undefined],
  ])('on %j is %j', (wish, advice) => {
    expect(layoutAdvice(layoutNames(wish), known)).toBe(advice)
  })

  test('names options and models that have no effect', () => {
    const names = layoutNames({ model: 'pc106', options: 'caps:escpae,caps:escape,foo:bar' })
    expect(unknownNames(names, known)).toEqual([
      'there is no keyboard model pc106: it has no effect; did you mean pc105?',
      'there is no keyboard option caps:escpae: it has no effect; did you mean caps:escape?',
      'there is no keyboard option foo:bar: it has no effect',
    ])
    expect(unknownNames(names, readKnownNames(''))).toEqual([])
  })
})
