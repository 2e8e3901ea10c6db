import { withSourceBlock } from '../capture/source-block.ts'
import type { LoadedConfig } from '../config/load.ts'
import { isScreen } from '../config/schema.ts'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/list.ts'
import { printable } from '../devices/sanitize.ts'
import { selectSources } from '../devices/select.ts'
import { EvswitchError } from '../errors.ts'
import { type DomainReport, reportDomains } from '../guests/libvirt.ts'
import type { Virsh } from '../guests/virsh.ts'
import { sessionOptions } from '../service/session-options.ts'
import type { Dialog } from './ask.ts'
import { loadServiceConfig } from './service-config.ts'
import { askDevices, askGuest, askTarget, type Guest } from './setup-questions.ts'
import { type ChosenTarget, chooseTarget } from './target-choice.ts'

/** What was said on the command line. */
export interface SetupWish {
  readonly domain: string | undefined
  /** Names of devices, as `findDevices` reads them. */
  readonly device?: readonly string[]
  readonly target?: string
  /** The guest is started by hand. */
  readonly qemu: boolean
}

/** What a setup is to do. */
export interface SetupChoice {
  /** The service's configuration as it is, and as it is to be; undefined where there is no file. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly loaded: LoadedConfig
  readonly sources: readonly Device[]
  readonly guest: Guest
  readonly target: ChosenTarget
}

/** What answers a wish. */
export interface SetupPlace {
  readonly virsh: Pick<Virsh, 'domains' | 'state' | 'definition'>
  /** Undefined where nobody can be asked. */
  readonly dialog: Dialog | undefined
  /** The service's configuration; undefined where there is none. */
  readonly config: string | undefined
  readonly findByUse: () => Promise<readonly Device[]>
  /** Stands before /dev, /sys and /run. Default: '/'. */
  readonly root?: string
}

/**
 * Completes a wish: by questions where there is somebody to ask, otherwise by what is there, as long as there is only
 * one of it. Undefined when the person left. Throws what is wrong with the configuration, a device or a domain.
 */
export async function completeWish(
  wish: SetupWish,
  place: SetupPlace,
): Promise<SetupChoice | undefined> {
  const wanted = await configOf(wish, place)
  if (wanted === undefined) return undefined
  const { after } = wanted
  const loaded = loadServiceConfig(after)
  const sources = sourcesOf(loaded, place)
  const guest = await guestOf(wish, place)
  if (guest === undefined) return undefined
  const target = await targetOf(wish, guest, loaded, place)
  return target && { before: place.config, after, loaded, sources, guest, target }
}

/** The configuration with the devices that are wanted; no answer when the person left. */
async function configOf(
  { device }: SetupWish,
  place: SetupPlace,
): Promise<{ readonly after: string | undefined } | undefined> {
  const { config, dialog, findByUse } = place
  const loaded = loadServiceConfig(config)
  if (device !== undefined) {
    return { after: withSourceBlock(config, sourcesOf(loaded, place, device)) }
  }
  if (dialog === undefined) return { after: config }
  const answer = await askDevices(dialog, sourcesOf(loaded, place), findByUse)
  if (answer === undefined) return undefined
  const { chosen } = answer
  return { after: chosen === undefined ? config : withSourceBlock(config, chosen) }
}

/** The devices that a session takes by this configuration, or those of these names. */
function sourcesOf(
  { config }: LoadedConfig,
  { root = '/' }: SetupPlace,
  names?: readonly string[],
): readonly Device[] {
  const { devices, waits, pinned } = sessionOptions(config)
  const options = { root, waits: waits && names === undefined, pinned }
  return selectSources(listDevices(root).devices, names ?? devices, options).sources
}

async function guestOf(
  { domain, qemu }: SetupWish,
  { virsh, dialog }: SetupPlace,
): Promise<Guest | undefined> {
  if (qemu) return { kind: 'by-hand' }
  if (domain !== undefined) return { kind: 'domain', name: domain }
  if (dialog === undefined) return { kind: 'domain', name: onlyDomain(await virsh.domains()) }
  return await askGuest(dialog, await domainsIfAny(virsh, dialog))
}

/** A machine without libvirt has none: its guest is started by hand. */
async function domainsIfAny(
  virsh: SetupPlace['virsh'],
  dialog: Dialog,
): Promise<readonly DomainReport[]> {
  try {
    return await reportDomains(virsh)
  } catch (error) {
    if (!(error instanceof EvswitchError) || error.code !== 'not-installed') throw error
    dialog.say(error.summary)
    return []
  }
}

function onlyDomain(domains: readonly string[]): string {
  const [only, ...more] = domains
  if (only !== undefined && more.length === 0) return only
  const list = domains.map(printable).join(', ')
  throw new EvswitchError(
    only === undefined ? 'not-configured' : 'usage',
    only === undefined ? 'libvirt has no domain yet' : 'there are several domains: name one',
    {
      remedy:
        only === undefined
          ? 'make the guest first, as with virt-manager; --qemu is for one that you start by hand'
          : `there are: ${list}`,
    },
  )
}

/** The target that is named, or the one of the domain's name, or the only one. */
async function targetOf(
  { target }: SetupWish,
  guest: Guest,
  loaded: LoadedConfig,
  { dialog }: SetupPlace,
): Promise<ChosenTarget | undefined> {
  const guests = loaded.config.target.filter((each) => !isScreen(each))
  const names = guests.map(({ name }) => name.value)
  const byDomain = guest.kind === 'domain' && names.includes(guest.name) ? guest.name : undefined
  let named = target ?? byDomain
  if (named === undefined && names.length > 1 && dialog !== undefined) {
    named = await askTarget(dialog, names)
    if (named === undefined) return undefined
  }
  return chooseTarget(loaded, named)
}
