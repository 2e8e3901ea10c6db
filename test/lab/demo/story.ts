import { Claims } from './claims.ts'
import type { Side } from './input-event.ts'
import { isCtrl, keyCode } from './keys.ts'
import type { Stage } from './stage.ts'

/** In the order of the summary. */
const claims = {
  host: 'The host got what was typed for it, in order, and nothing else',
  guest: 'The guest got what was typed for it, in order, and nothing else',
  motion: 'The mouse moved where the input was, and nowhere else',
  chord: 'Both Ctrl keys switched, and the guest never saw them together',
  held: 'A key held while switching was released at once where it had been pressed',
  alphabet: 'A switch after every letter lost none and doubled none',
  unplug: 'The keyboard was pulled out with a key down: released; back in: typed on',
  panic: 'The panic chord gave everything back to the host, with keys held',
  crash: 'When the guest crashed, the host had the input again by itself',
  stuck: 'No key was stuck on either side',
  end: 'evswitch ended cleanly, and the keyboard is the host’s as before',
} as const
export type ClaimName = keyof typeof claims
export type StoryClaims = Claims<ClaimName>

export function openClaims(): StoryClaims {
  return new Claims(claims)
}

export interface Step {
  readonly title: string
  /** What is about to happen and why it matters. */
  readonly text: string
  /** Does it, and settles what it proves. */
  play(stage: Stage, claims: StoryClaims): Promise<void>
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const REPORTS = 24

export const story: readonly Step[] = [
  {
    title: 'The host has the input',
    text:
      'So far this is an ordinary computer: what is typed arrives. evswitch is running, but it holds ' +
      'nothing while the host has the input, and adds no delay.',
    play: async (stage) => {
      await stage.row('keyboard', () => stage.type('hello'))
      await stage.row('mouse', () => stage.move(REPORTS, 5, 2))
    },
  },
  {
    title: 'Both Ctrl keys: now the guest has the keyboard and the mouse',
    text:
      'The host no longer hears them. The guest is a boot sector without any driver of ours: what it ' +
      'sees would also reach a firmware menu, a boot loader or any system.',
    play: async (stage) => {
      await stage.row('keyboard', () => stage.pressBothCtrl())
      await stage.row('keyboard', () => stage.type('guest'))
      await stage.row('mouse', () => stage.move(REPORTS, 4, -2))
      await stage.row('mouse', async () => {
        await stage.pressButton()
        await stage.pause('key')
        await stage.releaseButton()
        await stage.turnWheel()
      })
    },
  },
  {
    title: 'Both Ctrl keys again: back to the host',
    text:
      'The guest saw the first Ctrl go down, since nobody can know that a second one follows; so it is ' +
      'released there before the input leaves. The second Ctrl never gets through.',
    play: async (stage) => {
      await stage.row('keyboard', () => stage.pressBothCtrl())
      await stage.row('keyboard', () => stage.type('home'))
    },
  },
  {
    title: 'A key is held down while switching',
    text:
      'The classic way to a stuck key: the host saw w go down, but it will not see the finger lift. So ' +
      'evswitch releases it there at once, and hides it from the guest until it is pressed anew.',
    play: async (stage, claims) => {
      await stage.row('keyboard', async () => {
        await stage.press('w')
        await stage.untilItRepeats()
      })
      await stage.row('keyboard', () => stage.pressBothCtrl())
      const held = keyCode('w')
      const { host, guest } = stage.journal.seen
      const released = !host.pressed.has(held)
      const unseen = guest.presses.length
      await stage.row('keyboard', () => stage.type('xyz'))
      await stage.row('keyboard', () => stage.release('w'))
      const hidden = !guest.presses.slice(unseen).includes(held)
      await stage.row('keyboard', () => stage.type('w'))
      claims.settle('held', released && hidden)
    },
  },
  {
    title: 'The alphabet, with a switch after every letter',
    text:
      `${LETTERS.length - 1} switches by both Ctrl keys, which are left out below. Every second letter is ` +
      'for the guest, the others are for the host.',
    play: async (stage, claims) => {
      const from = { host: pressesOf(stage, 'host'), guest: pressesOf(stage, 'guest') }
      const before = stage.hotkeySwitches
      await stage.row(
        'keyboard',
        async () => {
          for (const letter of LETTERS) {
            if (letter !== LETTERS[0]) await stage.pressBothCtrl()
            await stage.type(letter)
          }
        },
        { hidesSwitches: true },
      )
      const seen = (side: Side) => lettersOf(stage, side, from[side])
      claims.settle(
        'alphabet',
        seen('guest') === everySecond(0) && seen('host') === everySecond(1),
        `${stage.hotkeySwitches - before} switches`,
      )
    },
  },
  {
    title: 'The keyboard is pulled out while a key is held',
    text:
      'The guest has the input and sees w repeat. Nobody will ever report that the finger is lifted: ' +
      'evswitch releases the key itself. Plugged in again, the keyboard just works on.',
    play: async (stage, claims) => {
      await stage.row('keyboard', () => stage.pressBothCtrl())
      await stage.row('keyboard', async () => {
        await stage.press('w')
        await stage.untilItRepeats()
      })
      const { guest } = stage.journal.seen
      const wasHeld = guest.pressed.has(keyCode('w'))
      await stage.row('keyboard', () => stage.unplugKeyboard())
      const released = guest.pressed.size === 0
      await stage.row('keyboard', () => stage.plugKeyboard())
      const from = pressesOf(stage, 'guest')
      await stage.row('keyboard', () => stage.type('again'))
      claims.settle('unplug', wasHeld && released && lettersOf(stage, 'guest', from) === 'again')
    },
  },
  {
    title: 'Panic: Esc with both Ctrl keys',
    text:
      'The way out, whatever else is wrong: the input thread itself gives everything back to the host. ' +
      'Here with a key and a mouse button held, which the guest sees go up.',
    play: async (stage, claims) => {
      await stage.row('keyboard', () => stage.press('q'))
      await stage.row('mouse', () => stage.pressButton())
      await stage.row('keyboard', () => stage.panic())
      const { guest } = stage.journal.seen
      const gaveBack = stage.journal.owner === 'host' && guest.pressed.size === 0
      await stage.row('keyboard', () => stage.release('q'))
      await stage.row('mouse', () => stage.releaseButton())
      const from = pressesOf(stage, 'host')
      await stage.row('keyboard', () => stage.type('safe'))
      claims.settle('panic', gaveBack && lettersOf(stage, 'host', from) === 'safe')
    },
  },
  {
    title: 'The guest crashes while it has the input',
    text:
      'Its QEMU is killed. Nobody is locked out: evswitch sees that nobody reads the guest’s nodes any ' +
      'more. And with nobody there, both Ctrl keys switch nowhere.',
    play: async (stage, claims) => {
      await stage.row('keyboard', () => stage.pressBothCtrl())
      await stage.row('keyboard', () => stage.type('last'))
      await stage.row('demo', () => stage.killGuest())
      const from = pressesOf(stage, 'host')
      await stage.row('keyboard', () => stage.type('free'))
      await stage.row('keyboard', () => stage.pressBothCtrlInVain())
      claims.settle(
        'crash',
        lettersOf(stage, 'host', from) === 'free' && stage.journal.owner === 'host',
      )
    },
  },
  {
    title: 'evswitch ends',
    text:
      'By Ctrl+C, as here, or by a crash, since the kernel drops every grab with its holder. Its two ' +
      'devices go with it, and the keyboard belongs to the host as if nothing had been.',
    play: async (stage, claims) => {
      let ended = false
      await stage.row('demo', async () => {
        const { status, left } = await stage.endEvswitch()
        ended = status === 0 && left.length === 0
      })
      await stage.row('keyboard', () => stage.type('bye'))
      claims.settle('end', ended)
      const down = await stage.keysDownInKernel()
      claims.settle('stuck', down === 0, `seen ${stage.moments} times, and in the kernel`)
    },
  },
]

/** What is proven by the whole and not by a step; also when the story broke off. */
export function settleSums(
  { journal, expected, hotkeySwitches }: Pick<Stage, 'journal' | 'expected' | 'hotkeySwitches'>,
  claims: StoryClaims,
): void {
  for (const side of ['host', 'guest'] as const) {
    const got = journal.seen[side].presses
    const isRight = got.join() === expected[side].presses.join()
    claims.settle(side, isRight && got.length > 0, `${got.length} keys`)
  }
  const moved = (['host', 'guest'] as const).every((side) =>
    journal.seen[side].hasSameMotion(expected[side]),
  )
  const { host, guest } = journal.seen
  claims.settle('motion', moved && host.x !== 0 && guest.x !== 0)
  const secondCtrl = guest.presses.includes(keyCode('ctrl_r'))
  claims.settle('chord', hotkeySwitches > 0 && !secondCtrl, `${hotkeySwitches} switches`)
}

function pressesOf(stage: Stage, side: Side): number {
  return stage.journal.seen[side].presses.length
}

/** The letters that a side saw go down since then; other keys than Ctrl would show. */
function lettersOf(stage: Stage, side: Side, from: number): string {
  const presses = stage.journal.seen[side].presses.slice(from).filter((code) => !isCtrl(code))
  return presses
    .map((code) => [...LETTERS].find((letter) => keyCode(letter) === code) ?? '?')
    .join('')
}

function everySecond(first: number): string {
  return [...LETTERS].filter((_letter, index) => index % 2 === first).join('')
}
