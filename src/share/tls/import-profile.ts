import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EvswitchError } from '../../errors.ts'
import { readFingerprint } from './fingerprint.ts'
import { type Identity, identityOf } from './identity.ts'
import type { Peer, PeerRole } from './peer-list.ts'
import { readSmallFile } from './small-file.ts'

/** What Barrier, Input Leap or Deskflow knows. */
export interface Profile {
  readonly folder: string
  /** Undefined where it has none, as Barrier 2.4.0 leaves it. */
  readonly identity: Identity | undefined
  /** It says no names, so they are for any. */
  readonly peers: readonly Peer[]
  /** Lines with a fingerprint by SHA-1, which Barrier itself has not believed since 2.4.0, and lines that are none. */
  readonly passedOver: { readonly old: number; readonly unknown: number }
}

const pemFiles = ['SSL/Barrier.pem', 'SSL/InputLeap.pem', 'tls/deskflow.pem']
const peerFiles: readonly (readonly [string, PeerRole])[] = [
  ['SSL/Fingerprints/TrustedServers.txt', 'server'],
  ['SSL/Fingerprints/TrustedClients.txt', 'screen'],
  ['tls/trusted-servers', 'server'],
  ['tls/trusted-clients', 'screen'],
]

/** Where their profiles are, in the order of their age. */
export function profileFolders({
  env,
  home,
}: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}): string[] {
  const data = env['XDG_DATA_HOME'] || join(home, '.local/share')
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config')
  return [join(data, 'barrier'), join(config, 'InputLeap'), join(config, 'Deskflow')]
}

/** Reads the first folder that is a profile. Throws where there is none, and for a certificate that is of no use. */
export function readProfile(folders: readonly string[]): Profile {
  const wanted = [...pemFiles, ...peerFiles.map(([file]) => file)]
  const folder = folders.find((each) => wanted.some((file) => existsSync(join(each, file))))
  if (folder === undefined) {
    throw new EvswitchError('usage', `there is no profile in ${folders.join(', ')}`, {
      remedy: 'name the folder that SSL/ or tls/ is in',
    })
  }
  const pem = pemFiles.map((file) => join(folder, file)).find(existsSync)
  const text = pem === undefined ? undefined : readSmallFile(pem)?.text
  const identity = text === undefined ? undefined : identityOf(text, pem ?? folder)
  const passedOver = { old: 0, unknown: 0 }
  const peers: Peer[] = []
  for (const [file, role] of peerFiles) {
    const lines = readSmallFile(join(folder, file))?.text.split('\n') ?? []
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const fingerprint = readFingerprint(line)
      if (fingerprint !== undefined) peers.push({ role, name: '*', fingerprint })
      else if (isOld(line)) passedOver.old++
      else passedOver.unknown++
    }
  }
  return { folder, identity, peers, passedOver }
}

/** The first form of the list: SHA-1, as 20 pairs of digits. */
function isOld(line: string): boolean {
  return /^(?:v2:sha1:)?(?:[0-9a-f]{2}:?){19}[0-9a-f]{2}$/i.test(line.trim())
}
