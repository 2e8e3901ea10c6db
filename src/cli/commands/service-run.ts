import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { messageOf } from '../../errors.ts'
import { createFollowedLog } from '../../log.ts'
import { eventFiles } from '../../service/event-files.ts'
import { LogMemory } from '../../service/log-memory.ts'
import { holderStore, type NodeStore, systemdStore } from '../../service/node-store.ts'
import { type Notify, notifySocket } from '../../service/notify-socket.ts'
import { Service } from '../../service/service.ts'
import { Supervisor } from '../../service/supervisor.ts'
import { version } from '../../version.ts'
import { serviceOptions } from '../service-options.ts'
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
  const memory = new LogMemory()
  const followed = await createFollowedLog({}, (line) => memory.add(line))
  const { log } = followed
  const notify = notifySocket()
  const service = new Service({
    load: () => {
      const { config, file, warnings } = loadConfig(named)
      for (const { message, range } of warnings) {
        log.warn({ file, line: range.start.line, text: message }, 'configuration')
      }
      const options = serviceOptions(config, { file, socket })
      // At boot it may be there before the keyboard.
      return { ...options, session: { ...options.session, mayBeNone: true } }
    },
    log: followed,
    memory,
    version: version(),
    isAlone: true,
    supervisor: new Supervisor({ notify, log }),
    store: storeOf(notify, holder),
    events: eventFiles(log),
  })
  const reload = () => {
    // What holds goes on to hold.
    service.reload().catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'configuration was not reloaded')
    })
  }
  await untilSignal(async (signal) => {
    try {
      const { guests } = await service.start(signal)
      log.info({ targets: guests.map(({ name }) => name) }, 'service is ready')
      await aborted(signal)
    } finally {
      await service.stop()
    }
  }, reload)
}

function storeOf(notify: Notify | undefined, holder: string | undefined): NodeStore | undefined {
  if (holder !== undefined) return holderStore(holder)
  return notify === undefined ? undefined : systemdStore(notify)
}
