import type { Device } from '../devices/device.ts'
import { printable } from '../devices/sanitize.ts'
import type { DomainReport } from '../guests/libvirt.ts'
import { type Dialog, isYes } from './ask.ts'
import { domainRows } from './libvirt-text.ts'

/** A domain of libvirt, or one that its owner starts by hand. */
export type Guest =
  | { readonly kind: 'domain'; readonly name: string }
  | { readonly kind: 'by-hand' }

/** The devices that a person wants: `chosen` is undefined when they stay as they were proposed. */
export interface DeviceAnswer {
  readonly chosen: readonly Device[] | undefined
}

/** One line for a device that is taken. */
export function deviceLine({ name, kind, eventName }: Device): string {
  return `  ${name} (${kind}, ${eventName})`
}

/**
 * Asks whether the proposed devices are the right ones, and lets the person find others by using them, as often as
 * they like. Undefined when they left.
 */
export async function askDevices(
  dialog: Dialog,
  proposed: readonly Device[],
  findByUse: () => Promise<readonly Device[]>,
): Promise<DeviceAnswer | undefined> {
  let chosen: readonly Device[] | undefined
  for (;;) {
    dialog.say(
      'Which keyboard and mouse move to the guest and back? Others stay with this machine.',
    )
    for (const device of chosen ?? proposed) dialog.say(deviceLine(device))
    const answer = await dialog.ask('These? [Y/n] (n: find others by using them) ')
    if (answer === undefined) return undefined
    if (isYes(answer)) return { chosen }
    if (!/^(n|no)$/i.test(answer)) continue
    const used = await findByUse()
    if (used.length > 0) chosen = used
    else dialog.say('No key was pressed and nothing moved, so nothing is changed.')
  }
}

/**
 * Asks which guest is meant. Enter is the only domain, or the only one that has evswitch's nodes already; without
 * domains a guest that is started by hand. Undefined when the person left.
 */
export async function askGuest(
  dialog: Dialog,
  domains: readonly DomainReport[],
): Promise<Guest | undefined> {
  const usual = usualGuest(domains)
  dialog.say('Which guest is it?')
  for (const [index, row] of rowsOf(domains).entries()) dialog.say(`  ${index + 1}  ${row}`)
  dialog.say('  q  one that you start yourself, by a QEMU command line')
  const shown = usual === undefined ? '' : ` [${usual}]`
  for (;;) {
    const answer = await dialog.ask(`Its number or name${shown}: `)
    if (answer === undefined) return undefined
    const guest = guestOf(answer === '' ? (usual ?? '') : answer, domains)
    if (guest !== undefined) return guest
    dialog.say(
      `There is no ${answer === '' ? 'usual one' : printable(answer)}: say one of the above.`,
    )
  }
}

/** Asks which target of the configuration the guest gets. Undefined when the person left. */
export async function askTarget(
  dialog: Dialog,
  names: readonly string[],
): Promise<string | undefined> {
  dialog.say('Which target of the configuration is it?')
  for (const [index, name] of names.entries()) dialog.say(`  ${index + 1}  ${name}`)
  for (;;) {
    const answer = await dialog.ask('Its number or name: ')
    if (answer === undefined) return undefined
    const name = names.includes(answer) ? answer : names[Number(answer) - 1]
    if (name !== undefined) return name
  }
}

function rowsOf(domains: readonly DomainReport[]): string[] {
  return domains.length === 0 ? [] : domainRows(domains)
}

/** As it is to be typed. */
function usualGuest(domains: readonly DomainReport[]): string | undefined {
  if (domains.length === 0) return 'q'
  const ours = domains.filter(({ targets }) => targets.length > 0)
  const [only, ...more] = ours.length > 0 ? ours : domains
  return only === undefined || more.length > 0 ? undefined : String(domains.indexOf(only) + 1)
}

/** A domain may be named by a number; then its name wins. */
function guestOf(answer: string, domains: readonly DomainReport[]): Guest | undefined {
  const named = domains.find(({ name }) => name === answer)
  const numbered = /^\d{1,4}$/.test(answer) ? domains[Number(answer) - 1] : undefined
  const domain = named ?? numbered
  if (domain !== undefined) return { kind: 'domain', name: domain.name }
  return answer === 'q' ? { kind: 'by-hand' } : undefined
}
