import { EvswitchError, errnoName, messageOf } from '../../errors.ts'

/** Why nobody can connect here. */
export function cannotServe(host: string | undefined, port: number, error: unknown): EvswitchError {
  const place = host === undefined ? `port ${port}` : `${host}, port ${port}`
  const [why, remedy] = reasons.get(errnoName(error) ?? '') ?? [messageOf(error), undefined]
  return new EvswitchError('unexpected', `cannot listen at ${place}: ${why}`, {
    remedy,
    cause: error,
  })
}

const reasons = new Map<string, readonly [why: string, remedy: string]>([
  [
    'EADDRINUSE',
    ['another program does', '`ss -ltnp` shows which; a server of Barrier must be ended first'],
  ],
  [
    'EADDRNOTAVAIL',
    ['this machine has no such address', 'look at [share.serve] address, and at `ip address`'],
  ],
  ['EACCES', ['that is for root only', 'choose a port from 1024 on']],
])
