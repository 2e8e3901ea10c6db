import { EvswitchError } from '../errors.ts'

/** The target that is always there: the host itself. */
export const hostTargetName = 'host'

/**
 * Long enough for any name of a machine, and short enough for 'evswitch NAME keyboard' within the 79 bytes
 * of a uinput name (UINPUT_MAX_NAME_SIZE) and the 63 of EVS_NAME_SIZE.
 */
export const targetNameMax = 32

/** The guest's keyboard and mouse, and its clones of devices, from 1. */
export type NodeRole = 'kbd' | 'mouse' | `clone${number}`

/**
 * Checks the name of a guest target and returns it. It becomes part of a link in /dev/input/by-id, of a
 * QEMU object id and of udev's match by phys, so only what all three carry unchanged is allowed: letters,
 * digits, dot, underscore and hyphen, a letter or digit first, at most 32. Throws 'bad-target-name'.
 */
export function checkTargetName(name: string): string {
  if (name === '') {
    throw new EvswitchError('bad-target-name', 'the target has no name', {
      remedy: 'give it a short one, as in win10',
    })
  }
  const wrong = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  if (wrong !== undefined) {
    const fixed = suggestTargetName(name)
    throw new EvswitchError('bad-target-name', `a target's name cannot contain ${show(wrong)}`, {
      remedy: `letters, digits, dot, underscore and hyphen can be used${fixed ? `, as in ${fixed}` : ''}`,
    })
  }
  if (!/^[A-Za-z0-9]/.test(name)) {
    throw new EvswitchError(
      'bad-target-name',
      `the target's name ${name.slice(0, targetNameMax)} starts with ${show(name[0] ?? '')}`,
      {
        remedy: 'start it with a letter or a digit',
      },
    )
  }
  if (name.length > targetNameMax) {
    throw new EvswitchError(
      'bad-target-name',
      `the target's name is ${name.length} characters long, the most is ${targetNameMax}`,
    )
  }
  if (name.toLowerCase() === hostTargetName) {
    throw new EvswitchError('bad-target-name', `${name} is the name of this machine itself`, {
      remedy: 'choose another name for the guest',
    })
  }
  if (reservedNames.includes(name.toLowerCase())) {
    throw new EvswitchError(
      'bad-target-name',
      `${name} is what evswitch switch calls another target`,
      {
        remedy: 'choose another name for the guest',
      },
    )
  }
  return name
}

/** What commands say instead of a name. */
const reservedNames = ['next', 'previous']

/**
 * What a node of a target is called everywhere: its uinput phys, and its link in /dev/input/by-id that
 * udev/70-evswitch.rules makes from the phys. 'evswitch-win10-event-kbd'.
 */
export function nodeLinkName(target: string, role: NodeRole): string {
  return `evswitch-${target}-event-${role}`
}

/** What such a name looks like, whoever bears it. */
export const nodeLinkPattern = /^evswitch-.+-event-(kbd|mouse|clone\d+)$/

/** The name a uinput node carries, for people who list devices: 'evswitch win10 keyboard'. */
export function nodeDeviceName(target: string, role: 'kbd' | 'mouse'): string {
  return `evswitch ${target} ${role === 'kbd' ? 'keyboard' : 'mouse'}`
}

/** A valid name near to a wish, or undefined. */
function suggestTargetName(wish: string): string | undefined {
  const name = wish
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/gu, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, targetNameMax)
  return name === '' || name.toLowerCase() === hostTargetName ? undefined : name
}

function show(character: string): string {
  if (character === ' ') return 'a space'
  if (character === '/') return 'a slash'
  if (/^[\x21-\x7e]$/.test(character)) return `'${character}'`
  return `the character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
