import { printable } from '../devices/sanitize.ts'
import type { JoinStatus } from '../share/join/join.ts'
import type { ServeStatus } from '../share/process/serving.ts'
import type { ShareStatus } from '../share/process/status.ts'
import type { ServedStatus } from '../share/serve/serve.ts'
import { duration } from './status-text.ts'

/** What a person wants to know of a share; lines without their ends. */
export function shareStatusText({ join, serve }: ShareStatus, now: Date): string[] {
  if (join === undefined && serve === undefined) {
    return ['nobody uses this share: the service does not run']
  }
  const parts = [join && joinText(join, now), serve && serveText(serve)]
  return parts.flatMap((part, index) => {
    if (part === undefined) return []
    return index > 0 && parts[0] !== undefined ? ['', ...part] : part
  })
}

function joinText(join: JoinStatus, now: Date): string[] {
  const { server, name, state, since, protocol, isSecure, lastError } = join
  const from = printable(server)
  const time = duration(now.getTime() - Date.parse(since))
  return [
    `${headlines[state](from)}, for ${time}`,
    ...table([
      ['screen', join.screen === undefined ? name : `${name}, ${join.screen}`],
      ['protocol', protocol && protocolText(protocol, isSecure)],
      ['server keys', protocol && (join.serverKeys ?? 'not known yet')],
      ['round trip', roundTripText(join.roundTripMs)],
      ['merged', mergedText(join.merged, 'frames of motion')],
      ['last error', lastError?.text],
      ['', lastError?.remedy],
    ]),
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

function serveText({ port, trouble, screens }: ServeStatus): string[] {
  const headline =
    trouble ?? (port === undefined ? 'screens cannot connect' : `screens connect at port ${port}`)
  return [...headline.split('\n'), ...screens.flatMap(screenText)]
}

function screenText(status: ServedStatus): string[] {
  const { target, name, state, address, protocol, isSecure, screen, lastError } = status
  const { roundTripMs, merged } = status
  return [
    `screen ${target === name ? name : `${name} (target ${target})`}: ${states[state]}`,
    ...table([
      ['from', address && printable(address)],
      ['size', screen],
      ['protocol', protocol && protocolText(protocol, isSecure)],
      ['round trip', roundTripText(roundTripMs)],
      ['merged', mergedText(merged, 'moves')],
      ['last error', lastError?.text],
      ['', lastError?.remedy],
    ]),
  ]
}

const states: Readonly<Record<ServedStatus['state'], string>> = {
  absent: 'not connected',
  connected: 'connected',
  entered: 'it has the keyboard and mouse of this machine',
}

function protocolText(protocol: string, isSecure: boolean | undefined): string {
  return `${protocol}, ${isSecure === true ? 'over TLS' : 'without TLS'}`
}

function mergedText(merged: number, what: string): string | undefined {
  return merged === 0 ? undefined : `${merged} ${what}`
}

/** Rows without a text are left out. */
function table(rows: readonly (readonly [title: string, text: string | undefined])[]): string[] {
  return rows.flatMap(([title, text]) =>
    text === undefined ? [] : [`  ${title.padEnd(12)} ${text}`],
  )
}
