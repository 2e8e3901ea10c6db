import type { Config } from '../config/schema.ts'
import {
  parseScreenName,
  parseScreenSize,
  parseServerAddress,
  serverAddressText,
} from '../config/share-types.ts'
import { EvswitchError } from '../errors.ts'
import { usualScreenName } from '../share/join/join.ts'
import type { JoinSettings } from '../share/process/open-join.ts'

export const serverKeyKinds = ['auto', 'x11', 'kbd', 'windows', 'macos', 'keyid'] as const

/** What the command line says of a join; undefined where it says nothing. */
export interface JoinFlags {
  readonly name?: string
  readonly screen?: string
  readonly serverKeys?: (typeof serverKeyKinds)[number]
  readonly plain?: true
}

/** What a share is to do by a configuration; undefined when that has no server. */
export function joinSettings(config: Config): JoinSettings | undefined {
  const { server, name, screen, plain, 'server-keys': keys } = config['share.join']
  if (server.value === undefined) return undefined
  return {
    address: server.value,
    server: serverAddressText(server.value),
    name: name.value ?? usualScreenName(),
    screen: screen.value,
    serverKeys: keys.value,
    isPlain: plain.value ?? false,
  }
}

/**
 * The same, with what the command line says in its place. A server that it names is another one than that of the
 * configuration, whose settings are not for it. Throws 'usage' when there is none.
 */
export function joinSettingsOf(
  named: string | undefined,
  flags: JoinFlags,
  config: Config,
): JoinSettings {
  const configured = named === undefined ? joinSettings(config) : undefined
  const address = named === undefined ? configured?.address : parseServerAddress(named)
  if (address === undefined) {
    throw new EvswitchError('usage', 'say the server whose keyboard and mouse come here', {
      remedy:
        'as in evswitch share join desk --name laptop; [share.join] in the configuration has it, too',
    })
  }
  const name = flags.name === undefined ? configured?.name : parseScreenName(flags.name)
  const screen = flags.screen === undefined ? configured?.screen : parseScreenSize(flags.screen)
  return {
    address,
    server: serverAddressText(address),
    name: name ?? usualScreenName(),
    screen,
    serverKeys: flags.serverKeys ?? configured?.serverKeys,
    isPlain: flags.plain ?? configured?.isPlain ?? false,
  }
}
