import type { Duplex } from 'node:stream'
import { displaysSize } from '../../devices/displays.ts'
import type { Logger } from '../../log.ts'
import { Join, type JoinOptions } from '../join/join.ts'
import { connectorOf, type ServerAddress } from '../join/server-connection.ts'
import { HostKeys } from '../keys/host-keys.ts'
import type { IncomingKeysOptions } from '../keys/incoming-keys.ts'
import { openLayout } from '../keys/open-layout.ts'
import type { ScreenSize } from '../protocol/client-session.ts'
import { systemClock } from '../protocol/clock.ts'
import { openIdentity } from '../tls/identity.ts'
import { Trust } from '../tls/trust.ts'

export interface JoinSettings extends Pick<JoinOptions, 'server' | 'name'> {
  readonly address: ServerAddress
  /** Undefined = that of the displays. */
  readonly screen: ScreenSize | undefined
  readonly serverKeys: IncomingKeysOptions['server']
  /** Without TLS. */
  readonly isPlain: boolean
}

/** Where no display tells its size. */
const usualScreen: ScreenSize = { width: 1920, height: 1080 }
/** The protocol has signed numbers of 16 bits. */
const screenMax = 32_767

/** Puts together what this machine's screen needs for a server. Rejects with 'bad-share-file'. @param state folder of certificate and trust */
export async function openJoin(
  { address, server, name, screen, serverKeys = 'auto', isPlain }: JoinSettings,
  { link, state, log }: { link: Duplex; state: string; log: Logger },
): Promise<Join> {
  const failed = (err: unknown) => log.warn({ err }, 'trust cannot be read or written')
  const tls = isPlain
    ? undefined
    : { identity: await openIdentity(state), trust: new Trust(state, systemClock, failed) }
  link.once('close', () => tls?.trust.close())
  if (isPlain) log.warn({ server }, 'without TLS: everybody on the way can read every key')
  const keys = { server: serverKeys, host: hostKeys(log) }
  return new Join(
    { server, name, keys },
    {
      link,
      connect: connectorOf(address, tls),
      clock: systemClock,
      log,
      screen: () => screen ?? displayed(log),
    },
  )
}

/** Knows by heart where the symbols are: nothing stays open. */
function hostKeys(log: Logger): HostKeys {
  const { layout, notes } = openLayout()
  for (const note of notes) log.info({ note }, 'keyboard layout')
  try {
    return new HostKeys(layout)
  } finally {
    layout.close()
  }
}

function displayed(log: Logger): ScreenSize {
  const found = displaysSize()
  if (found === undefined) log.info(usualScreen, 'no display tells its size')
  const { width, height } = found ?? usualScreen
  return { width: Math.min(width, screenMax), height: Math.min(height, screenMax) }
}
