import { usualGroup } from '../control/group.ts'
import { serverSocket } from '../control/socket-path.ts'
import type { ControlPlace } from '../service/service.ts'

/** Where this process listens; undefined where there is no usual place and nobody names one. */
export function controlPlace(named: string | undefined): ControlPlace | undefined {
  const socket = named ?? serverSocket()
  return socket === undefined ? undefined : { socket, group: usualGroup }
}
