import type { Device } from '../devices/device.ts'
import type { Notice } from './notice.ts'

/** One JSON object a line, `event` first. Fields are only ever added. */
export type JsonLine = { readonly event: string } & Readonly<Record<string, unknown>>

export function noticeJson(notice: Notice): JsonLine {
  switch (notice.kind) {
    case 'switched': {
      const { target, previous, reason, latencyNs } = notice
      return { event: 'switched', target, previous, reason, latencyNs }
    }
    case 'device-arrived':
    case 'device-departed':
      return { event: notice.kind, device: deviceJson(notice.device) }
    case 'device-failed': {
      const { code, message } = notice.error
      return { event: notice.kind, device: deviceJson(notice.device), code, message }
    }
    case 'refused':
    case 'panic':
    case 'locked':
    case 'hook':
    case 'resumed':
    case 'consumer':
    case 'device-waiting':
    case 'warning': {
      const { kind, ...facts } = notice
      return { event: kind, ...facts }
    }
  }
}

export function deviceJson({ node, name, kind, identity }: Device) {
  return { node, name, kind, identity }
}
