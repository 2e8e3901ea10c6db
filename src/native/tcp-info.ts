import koffi from 'koffi'
import { littleEndian } from './byte-order.ts'

/** netinet/in.h and linux/tcp.h */
const IPPROTO_TCP = 6
const TCP_INFO = 11

/** In struct tcp_info: milliseconds since data and an acknowledgement came in, and microseconds of the shortest round trip. */
const offsets = { lastDataReceived: 52, lastAckReceived: 56, minRtt: 148 } as const
const infoSize = offsets.minRtt + 4

/** What the kernel knows of a connection's other end. */
export interface TcpInfo {
  /** The shortest of the last five minutes: longer ones are those of a peer that took its time to acknowledge. */
  readonly roundTripMs: number
  /** Since anything came from the system there, be it only that it is still there. */
  readonly quietMs: number
}

/** Undefined for what is no TCP connection, and where the kernel (before 4.3) knows less. */
export function tcpInfo(fd: number): TcpInfo | undefined {
  getsockopt ??= koffi
    .load(null)
    .func(
      'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *size)',
    )
  const info = Buffer.alloc(infoSize)
  const size = [infoSize]
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size) !== 0 || size[0] !== infoSize) {
    return undefined
  }
  const view = new DataView(info.buffer, info.byteOffset, infoSize)
  const at = (offset: number) => view.getUint32(offset, littleEndian)
  return {
    roundTripMs: at(offsets.minRtt) / 1000,
    quietMs: Math.min(at(offsets.lastDataReceived), at(offsets.lastAckReceived)),
  }
}

let getsockopt:
  | ((fd: number, level: number, name: number, value: Buffer, size: number[]) => number)
  | undefined
