import { isIP, isIPv6 } from 'node:net'
import { EvswitchError } from '../errors.ts'
import { layoutNames } from '../share/keys/layout-names.ts'
import { plainAddressesMax } from './limits.ts'
import { tomlText } from './toml-text.ts'
import type { ValueType } from './value-types.ts'

/** Of a server of the network share. */
export interface ServerAddress {
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
}

/** Barrier's (specification of the protocol, 1.1). */
export const usualPort = 24800

export const serverAddress: ValueType<ServerAddress> = {
  expects: 'a name or an address as in "desk", "192.168.1.20:24800" or "[fe80::1]:24800"',
  read: ({ value }) => (typeof value === 'string' ? parseServerAddress(value) : undefined),
  plain: serverAddressText,
}

/** Throws 'usage'. */
export function parseServerAddress(text: string): ServerAddress {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text)
  // What has several colons, and no brackets, is an address of IPv6 as it stands.
  const plain = isIPv6(text) ? [text, text] : /^([^:\s[\]]+)(?::(\d{1,5}))?$/.exec(text)
  const [, host = '', digits = String(usualPort)] = bracketed ?? plain ?? []
  const port = Number(digits)
  const isHost = bracketed === null ? /^[\w.:%-]{1,253}$/.test(host) : isIPv6(host)
  if (isHost && port > 0 && port <= 65_535) return { host, port }
  throw new EvswitchError('usage', `${tomlText(text.slice(0, 40))} is no server`, {
    remedy: 'say its name or its address, and a port behind a colon where it is not 24800',
  })
}

export function serverAddressText({ host, port }: ServerAddress): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === usualPort ? name : `${name}:${port}`
}

export const screenName: ValueType<string> = {
  expects: 'the name of a screen as in "desk"',
  read: ({ value }) => (typeof value === 'string' ? parseScreenName(value) : undefined),
  plain: (value) => value,
}

/** Throws 'usage' for what no server's configuration can have. */
export function parseScreenName(text: string): string {
  const part = '[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?'
  if (text.length <= 255 && new RegExp(`^${part}(?:\\.${part})*$`).test(text)) return text
  throw new EvswitchError('usage', `${tomlText(text.slice(0, 40))} is no name of a screen`, {
    remedy: 'letters, digits, underscores, and hyphens and dots between them can be used',
  })
}

export interface ScreenSize {
  readonly width: number
  readonly height: number
}

export const screenSize: ValueType<ScreenSize> = {
  expects: 'a size in pixels as in "1920x1080"',
  read: ({ value }) => (typeof value === 'string' ? parseScreenSize(value) : undefined),
  plain: ({ width, height }) => `${width}x${height}`,
}

/** The protocol has signed numbers of 16 bits. Throws 'usage'. */
export function parseScreenSize(text: string): ScreenSize {
  const [, width = 0, height = 0] = /^(\d{1,5})x(\d{1,5})$/.exec(text)?.map(Number) ?? []
  const isSize = [width, height].every((size) => size > 0 && size <= 32_767)
  if (isSize) return { width, height }
  throw new EvswitchError('usage', `${tomlText(text.slice(0, 40))} is no size of a screen`, {
    remedy: 'say it as in "1920x1080", at most 32767 each',
  })
}

export const ipAddress: ValueType<string> = {
  expects: 'an address as in "192.168.1.5"',
  read: ({ value }) => (typeof value === 'string' ? parseIpAddress(value) : undefined),
  plain: (value) => value,
}

/** Throws 'usage' for a name, too: who may come in must not depend on who answers for names. */
export function parseIpAddress(text: string): string {
  if (isIP(text) !== 0) return text
  throw new EvswitchError('usage', `${tomlText(text.slice(0, 40))} is no address`, {
    remedy: 'write the numbers, as in "192.168.1.5" or "fe80::1%eth0"',
  })
}

/** Throws 'usage'. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  throw new EvswitchError('usage', `${tomlText(text.slice(0, 40))} is no port`, {
    remedy: 'say a number from 1 to 65535',
  })
}

export const addressList: ValueType<readonly string[]> = {
  expects: 'addresses as in ["192.168.1.7"]',
  read: () => undefined,
  readTree: (value, tell) => {
    if (value.kind !== 'array') return undefined
    const surplus = value.items[plainAddressesMax]
    if (surplus !== undefined) {
      tell(surplus.range, `there can be ${plainAddressesMax} addresses at most`)
    }
    return value.items.slice(0, plainAddressesMax).flatMap((item) => {
      const text = item.kind === 'text' ? String(item.value) : ''
      if (isIP(text) !== 0) return [text]
      tell(item.range, 'this is no address', 'write the numbers, as in "192.168.1.7"')
      return []
    })
  },
  plain: (addresses) => addresses,
}

/** A part of what names a keyboard layout. That it is there is seen when it is opened. */
export function layoutNamesOf(part: 'layout' | 'variant' | 'options'): ValueType<string> {
  const examples = { layout: 'de', variant: 'nodeadkeys', options: 'caps:escape' }
  return {
    expects: `a text as in "${examples[part]}"`,
    read: ({ value }) => {
      if (typeof value !== 'string') return undefined
      // A variant for each of four layouts is possible; for how many of them is a rule of both.
      layoutNames({ layout: 'us,us,us,us', [part]: value })
      return value
    },
    plain: (value) => value,
  }
}
