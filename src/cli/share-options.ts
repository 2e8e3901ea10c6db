import { type Config, isScreen, type TargetSettings } from '../config/schema.ts'
import {
  parseScreenName,
  parseScreenSize,
  parseServerAddress,
  serverAddressText,
  usualPort,
} from '../config/share-types.ts'
import { EvswitchError } from '../errors.ts'
import { usualScreenName } from '../share/join/join.ts'
import type { JoinSettings } from '../share/process/open-join.ts'
import type { ScreenWish, ServeSettings } from '../share/process/open-serve.ts'

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

/** What screens a share is to serve by a configuration; undefined when no target is one. */
export function serveSettings(config: Config): ServeSettings | undefined {
  const screens = config.target.filter(isScreen).map(screenWish)
  if (screens.length === 0) return undefined
  const { address, port, layout, variant, options } = config['share.serve']
  const names = { layout: layout.value, variant: variant.value, options: options.value }
  const wished = Object.entries(names).filter(([, value]) => value !== undefined)
  return {
    host: address.value,
    port: port.value ?? usualPort,
    layout: wished.length === 0 ? undefined : Object.fromEntries(wished),
    plainAddresses: config['share.serve']['plain-addresses'].value ?? [],
    screens,
  }
}

function screenWish(target: TargetSettings): ScreenWish {
  const { name, screen, client, plain, pointer, speed, acceleration } = target
  return {
    target: name.value,
    name: screen.value ?? name.value,
    client: client.value ?? 'barrier',
    isPlain: plain.value ?? false,
    pointer: {
      isRelative: pointer.value === 'relative',
      speed: speed.value ?? 1,
      acceleration: acceleration.value ?? 0,
    },
    isWheelSmooth: target['smooth-wheel'].value ?? false,
  }
}
