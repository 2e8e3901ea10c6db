import type { LoadedConfig } from '../config/load.ts'
import { isScreen, type TargetSettings } from '../config/schema.ts'
import { printable } from '../devices/sanitize.ts'
import { checkTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/** A target as far as its guest's arguments depend on it. */
export interface ChosenTarget {
  readonly name: string
  readonly repeat: boolean
}

/**
 * The target that a command is about: the one that is named, else the only one. Where the configuration names
 * none, any name is one, because `evswitch run --target` makes it. Throws 'usage', 'unknown-target', 'bad-target-name'.
 */
export function chooseTarget(
  { config, file }: Pick<LoadedConfig, 'config' | 'file'>,
  named: string | undefined,
): ChosenTarget {
  const guests = config.target.filter((target) => !isScreen(target))
  const names = guests.map(({ name }) => name.value)
  if (named === undefined) {
    const [only, ...more] = guests
    if (only === undefined) {
      throw new EvswitchError('usage', 'all targets are screens of other computers', {
        remedy: 'name one that is a guest; evswitch run --target makes it',
      })
    }
    if (only !== undefined && more.length === 0) return chosen(only)
    throw new EvswitchError('usage', 'there are several targets: name one', {
      remedy: `there are: ${names.join(', ')}`,
    })
  }
  const known = config.target.find(({ name }) => name.value === named)
  if (known !== undefined && isScreen(known)) {
    throw new EvswitchError('usage', `${named} is the screen of another computer: it has no nodes`)
  }
  if (known !== undefined) return chosen(known)
  const name = checkTargetName(named)
  if (config.target.every((each) => each.name.origin.kind === 'default'))
    return { name, repeat: true }
  const near = nearest(name, names)
  throw new EvswitchError(
    'unknown-target',
    `there is no target named ${name} in ${printable(file ?? '')}`,
    {
      remedy: near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`,
    },
  )
}

function chosen({ name, repeat }: TargetSettings): ChosenTarget {
  return { name: name.value, repeat: repeat.value }
}
