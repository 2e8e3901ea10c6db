import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { createFollowedLog } from '../../log.ts'
import { LogMemory } from '../../service/log-memory.ts'
import { holderStore, type NodeStore, systemdStore } from '../../service/node-store.ts'
import { type Notify, notifySocket } from '../../service/notify-socket.ts'
import { Service } from '../../service/service.ts'
import { sessionOptions } from '../../service/session-options.ts'
import { Supervisor } from '../../service/supervisor.ts'
import { version } from '../../version.ts'
import { controlPlace } from '../control-place.ts'
import { aborted, untilSignal } from '../until-signal.ts'

interface ServiceRunFlags {
  readonly config?: string
  readonly socket?: string
  readonly holder?: string
}

const help = `
Stays in the foreground and logs to stderr, as systemd wants it. It serves
evswitch status, switch and the others by a socket: /run/evswitch/control.sock
for root or a unit with RuntimeDirectory=evswitch. SIGTERM and SIGINT end it:
everything is given back to this machine.

Example:
  sudo evswitch service run --config /etc/evswitch/config.toml
`

/** evswitch service run */
export function defineServiceRun(command: Command): void {
  command
    .summary('run the service in the foreground, until it is told to end')
    .description('run the service in the foreground, until it is told to end')
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--socket <path>', 'where to listen, instead of the usual place')
    .option(
      '--holder <path>',
      "the socket of evswitch-holder, which keeps guests' nodes without systemd",
    )
    .addHelpText('after', help)
    .action(async (flags: ServiceRunFlags) => await runService(flags))
}

async function runService({ config: named, socket, holder }: ServiceRunFlags): Promise<void> {
  const { config, file } = loadConfig(named)
  const memory = new LogMemory()
  const { log } = createFollowedLog({ level: config.log.level.value }, (line) => memory.add(line))
  const options = {
    // At boot it may be there before the keyboard.
    session: { ...sessionOptions(config), mayBeNone: true },
    control: controlPlace(socket),
    isAlone: true,
    configFile: file,
    version: version(),
  }
  const notify = notifySocket()
  const supervisor = new Supervisor({ notify, log })
  const store = storeOf(notify, holder)
  await untilSignal(async (signal) => {
    const service = new Service(options, { log, memory, supervisor, store })
    try {
      await service.start(signal)
      log.info({ targets: options.session.targets.map(({ name }) => name) }, 'service is ready')
      await aborted(signal)
    } finally {
      await service.stop()
    }
  })
}

function storeOf(notify: Notify | undefined, holder: string | undefined): NodeStore | undefined {
  if (holder !== undefined) return holderStore(holder)
  return notify === undefined ? undefined : systemdStore(notify)
}
