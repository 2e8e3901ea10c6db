import { printable } from '../devices/sanitize.ts'
import type { JoinStatus } from '../share/join/join.ts'
import type { ShareStatus } from '../share/process/status.ts'
import { duration } from './status-text.ts'

/** What a person wants to know of a share; lines without their ends. */
export function shareStatusText({ join }: ShareStatus, now: Date): string[] {
  if (join === undefined) return ['nobody uses this share: the service does not run']
  return joinText(join, now)
}

function joinText(join: JoinStatus, now: Date): string[] {
  const { server, name, state, since, protocol, isSecure, lastError } = join
  const from = printable(server)
  const time = duration(now.getTime() - Date.parse(since))
  const rows = [
    ['screen', join.screen === undefined ? name : `${name}, ${join.screen}`],
    ['protocol', protocol && `${protocol}, ${isSecure ? 'over TLS' : 'without TLS'}`],
    ['server keys', protocol && (join.serverKeys ?? 'not known yet')],
    ['round trip', roundTripText(join.roundTripMs)],
    ['merged', join.merged === 0 ? undefined : `${join.merged} frames of motion`],
    ['last error', lastError?.text],
    ['', lastError?.remedy],
  ]
  return [
    `${headlines[state](from)}, for ${time}`,
    ...rows.flatMap(([title = '', text]) =>
      text === undefined ? [] : [`  ${title.padEnd(12)} ${text}`],
    ),
  ]
}

/** With two digits that count, as far as a person can tell them apart. */
export function roundTripText(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`
}

const headlines: Readonly<Record<JoinStatus['state'], (server: string) => string>> = {
  connecting: (server) => `not connected to ${server}`,
  connected: (server) => `connected to ${server}, which has its keyboard and mouse itself`,
  entered: (server) => `the keyboard and mouse of ${server} are here`,
}
