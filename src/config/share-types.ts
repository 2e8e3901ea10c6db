import { isIPv6 } from 'node:net'
import { EvswitchError } from '../errors.ts'
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
