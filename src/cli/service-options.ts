import type { Config } from '../config/schema.ts'
import { serverSocket } from '../control/socket-path.ts'
import type { ControlPlace, ServiceOptions, SharePlace } from '../service/service.ts'
import { sessionOptions } from '../service/session-options.ts'
import { joinSocket, serveSocket } from '../share/process/places.ts'
import { serveSettings } from './share-options.ts'

/** What a service is to do by a configuration. @param socket where it listens, whatever that says */
export function serviceOptions(
  config: Config,
  { file, socket }: { file: string | undefined; socket: string | undefined },
): ServiceOptions {
  return {
    session: sessionOptions(config),
    control: controlPlace(config, socket),
    join: joinPlace(config),
    serve: { socket: serveSocket(), wish: JSON.stringify(serveSettings(config) ?? null) },
    logLevel: config.log.level.value,
    configFile: file,
  }
}

function controlPlace({ control }: Config, named: string | undefined): ControlPlace | undefined {
  const wish = named ?? control.socket.value
  const socket = wish === 'off' ? undefined : (wish ?? serverSocket())
  return socket === undefined ? undefined : { socket, group: control.group.value }
}

function joinPlace(config: Config): SharePlace | undefined {
  const settings = config['share.join']
  if (settings.server.value === undefined) return undefined
  const wish = Object.values(settings).map(({ value }) => value ?? null)
  return { socket: joinSocket(), wish: JSON.stringify(wish) }
}
