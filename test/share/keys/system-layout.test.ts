import { describe, expect, test } from 'vitest'
import { systemLayout } from '../../../src/share/keys/system-layout.ts'

const keymaps = `# generated
de                      de              pc105           nodeadkeys      terminate:ctrl_alt_bksp
us                      us              pc105+inet      -               terminate:ctrl_alt_bksp
`

function read(files: Record<string, string>) {
  return systemLayout((path) => files[path])
}

describe('the layout of a system', () => {
  test('is that of Debian’s file', () => {
    const text = `# KEYBOARD CONFIGURATION FILE
XKBMODEL="pc105"
XKBLAYOUT="us,ru"
XKBVARIANT=",phonetic"
XKBOPTIONS=""
BACKSPACE="guess"
`
    expect(read({ '/etc/default/keyboard': text, '/etc/vconsole.conf': 'XKBLAYOUT=fr' })).toEqual({
      path: '/etc/default/keyboard',
      wish: { model: 'pc105', layout: 'us,ru', variant: ',phonetic' },
    })
  })

  test('is that of systemd’s file', () => {
    expect(read({ '/etc/vconsole.conf': "KEYMAP=us\nXKBLAYOUT=fr\nXKBVARIANT='oss'\n" })).toEqual({
      path: '/etc/vconsole.conf',
      wish: { layout: 'fr', variant: 'oss' },
    })
  })

  test('is that of X11’s file, where systemd knows only the console’s', () => {
    const text = `Section "InputClass"
        Identifier "system-keyboard"
        MatchIsKeyboard "on"
        Option "XkbLayout" "de"
        Option "XkbVariant" "neo"
EndSection
`
    expect(
      read({ '/etc/vconsole.conf': 'KEYMAP=us', '/etc/X11/xorg.conf.d/00-keyboard.conf': text }),
    ).toEqual({
      path: '/etc/X11/xorg.conf.d/00-keyboard.conf',
      wish: { layout: 'de', variant: 'neo' },
    })
  })

  test('is what systemd makes of the console’s keymap', () => {
    const files = { '/usr/share/systemd/kbd-model-map': keymaps }
    expect(read({ ...files, '/etc/vconsole.conf': 'KEYMAP=de' })).toEqual({
      path: '/etc/vconsole.conf',
      wish: {
        layout: 'de',
        model: 'pc105',
        variant: 'nodeadkeys',
        options: 'terminate:ctrl_alt_bksp',
      },
    })
    expect(read({ ...files, '/etc/vconsole.conf': 'KEYMAP=nope' }).path).toBe(undefined)
  })

  test('is the usual one where no file says anything', () => {
    expect(read({})).toEqual({ wish: {}, path: undefined })
    expect(read({ '/etc/default/keyboard': 'XKBLAYOUT=""' }).path).toBe(undefined)
  })
})
