import { homedir } from 'node:os'
import type { Command } from 'commander'
import { EvswitchError } from '../../errors.ts'
import { stateDirectory } from '../../share/process/places.ts'
import { choosePeer } from '../../share/tls/choose-peer.ts'
import { readFingerprint } from '../../share/tls/fingerprint.ts'
import { readIdentity, writeIdentity } from '../../share/tls/identity.ts'
import { profileFolders, readProfile } from '../../share/tls/import-profile.ts'
import { type Peer, type PeerRole, peerOf } from '../../share/tls/peer-list.ts'
import { type PendingPeer, readPending } from '../../share/tls/pending-peers.ts'
import { TrustedPeers } from '../../share/tls/trusted-peers.ts'
import { asOwner } from '../as-owner.ts'
import type { Output } from '../output.ts'
import { importText, peerText, trustText } from '../trust-text.ts'

interface FolderFlags {
  readonly folder?: string
}

interface ListFlags extends FolderFlags {
  readonly json: boolean
}

interface AcceptFlags extends FolderFlags {
  readonly screen?: string
  readonly server?: string
}

interface ImportFlags extends FolderFlags {
  readonly replace: boolean
}

const help = `
Each computer has a certificate, which is known by its fingerprint: 64 digits. The
share talks to nobody whose certificate is not trusted, and asks nothing of you
when a stranger knocks. It writes down who did; here you see them, and accept one.

Compare the fingerprint with what the other computer shows: that is what keeps
somebody between the two from reading every key.

Examples:
  evswitch share trust                    who is trusted, and who has knocked
  evswitch share trust accept laptop      the screen, or server, of that name
  evswitch share trust forget laptop
  evswitch share trust import             what Barrier, Input Leap or Deskflow know
As root these are about the share of the machine, otherwise about your own.
`

const acceptHelp = `
WHO is a name, or the beginning of a fingerprint, eight digits or more. A name that
two strangers use needs the fingerprint. What was trusted under this name before
is not any more.

A computer that has not knocked yet is accepted by its whole fingerprint:
  evswitch share trust accept sha256:2c26b4...  --screen laptop
`

const importHelp = `
It looks where these programs keep their profile, or in FOLDER. Their lists say no
names: such a computer may use any name that is not bound to another certificate.
`

/** evswitch share trust */
export function defineShareTrust(command: Command, output: Output): void {
  command
    .summary('show which computers are trusted, and accept or forget one')
    .description('show which computers are trusted, and accept or forget one')
    .addHelpText('after', help)
  addFolder(
    command.command('list', { isDefault: true }),
    'show who is trusted, and who has knocked',
  )
    .option('--json', 'one JSON object instead of text', false)
    .action((flags: ListFlags) => list(flags, output))
  addFolder(command.command('accept'), 'trust a computer from now on')
    .argument('<who>', 'a name, or the beginning of a fingerprint')
    .option('--screen <name>', 'with a whole fingerprint: it is the screen of this name')
    .option('--server <address>', 'with a whole fingerprint: it is the server there, host:port')
    .addHelpText('after', acceptHelp)
    .action((who: string, flags: AcceptFlags) => accept(who, flags, output))
  addFolder(command.command('forget'), 'trust a computer no more')
    .argument('<who>', 'a name, or the beginning of a fingerprint')
    .action((who: string, flags: FolderFlags) => forget(who, flags, output))
  addFolder(command.command('import'), 'take certificate and trust from a profile of Barrier')
    .argument('[directory]', 'the profile, instead of the usual places')
    .option('--replace', 'its certificate, also where we have one already', false)
    .addHelpText('after', importHelp)
    .action((place: string | undefined, flags: ImportFlags) => importFrom(place, flags, output))
}

function addFolder(command: Command, summary: string): Command {
  return command
    .summary(summary)
    .description(summary)
    .option('--folder <directory>', 'of the share, instead of the usual place')
}

function list({ folder = stateDirectory(), json }: ListFlags, output: Output): void {
  const facts = asOwner(folder, () => {
    const trusted = new TrustedPeers(folder).list()
    return { own: readIdentity(folder)?.fingerprint, trusted, pending: waiting(folder, trusted) }
  })
  output.out(json ? `${JSON.stringify(facts)}\n` : trustText(facts))
}

function accept(who: string, flags: AcceptFlags, output: Output): void {
  const { folder = stateDirectory(), screen, server } = flags
  const peer = asOwner(folder, () => {
    const trusted = new TrustedPeers(folder)
    const named = namedPeer(who, screen, server)
    const { role, name, fingerprint } = named ?? choosePeer(waiting(folder, trusted.list()), who)
    trusted.accept([{ role, name, fingerprint }])
    return { role, name, fingerprint }
  })
  output.out(`trusted from now on: ${peerText(peer)}\n`)
}

function forget(who: string, { folder = stateDirectory() }: FolderFlags, output: Output): void {
  const peer = asOwner(folder, () => {
    const trusted = new TrustedPeers(folder)
    const chosen = choosePeer(trusted.list(), who)
    trusted.forget([chosen])
    return chosen
  })
  output.out(`not trusted any more: ${peerText(peer)}\n`)
}

function importFrom(place: string | undefined, flags: ImportFlags, output: Output): void {
  const { folder = stateDirectory(), replace } = flags
  const usual = profileFolders({ env: process.env, home: homedir() })
  // As who we are: the profile is not the share's.
  const profile = readProfile(place === undefined ? usual : [place])
  const certificate = asOwner(folder, () => {
    if (profile.peers.length > 0) new TrustedPeers(folder).accept(profile.peers)
    if (profile.identity === undefined) return 'none'
    if (readIdentity(folder) !== undefined && !replace) return 'kept'
    writeIdentity(folder, profile.identity.pem)
    return 'taken'
  })
  output.out(importText(profile, certificate))
}

/** Those that have knocked and are not trusted by now. */
function waiting(folder: string, trusted: readonly Peer[]): PendingPeer[] {
  const isTrusted = ({ role, name, fingerprint }: Peer) =>
    trusted.some(
      (peer) => peer.role === role && peer.name === name && peer.fingerprint === fingerprint,
    )
  return readPending(folder).filter((peer) => !isTrusted(peer))
}

/** One that is told by name and fingerprint; undefined when no name is given. */
function namedPeer(
  who: string,
  screen: string | undefined,
  server: string | undefined,
): Peer | undefined {
  const name = screen ?? server
  if (name === undefined) return undefined
  if (screen !== undefined && server !== undefined) {
    throw new EvswitchError('usage', 'it is a screen, or a server')
  }
  const role: PeerRole = screen === undefined ? 'server' : 'screen'
  const fingerprint = readFingerprint(who)
  if (fingerprint === undefined) {
    throw new EvswitchError('usage', `${JSON.stringify(who)} is no whole fingerprint`, {
      remedy: '`evswitch share trust` shows it there; Barrier shows it as v2:sha256:…',
    })
  }
  return peerOf(role, name, fingerprint)
}
