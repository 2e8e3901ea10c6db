import { once } from 'node:events'
import { Socket } from 'node:net'
import { type Command, Option } from 'commander'
import { defaultConfig } from '../../config/defaults.ts'
import { createLogger } from '../../log.ts'
import { openJoin } from '../../share/process/open-join.ts'
import { runtimeDirectory, stateDirectory } from '../../share/process/places.ts'
import { ShareProcess } from '../../share/process/share-process.ts'
import { version } from '../../version.ts'
import { type JoinFlags, joinSettingsOf, serverKeyKinds } from '../share-options.ts'
import { aborted, untilSignal } from '../until-signal.ts'

/** Where the process that has started this one has put its end of the pipe. */
const linkFd = 3

/** evswitch share network: the half of `share join` that talks to the network, without rights. */
export function defineShareNetwork(command: Command): void {
  command
    .argument('<server>')
    .option('--name <screen>')
    .option('--screen <size>')
    .addOption(new Option('--server-keys <kind>').choices(serverKeyKinds))
    .option('--plain')
    .action(async (server: string, flags: JoinFlags) => await runNetwork(server, flags))
}

async function runNetwork(server: string, flags: JoinFlags): Promise<void> {
  const log = await createLogger()
  const settings = joinSettingsOf(server, flags, defaultConfig)
  const share = new ShareProcess({
    runtime: runtimeDirectory(),
    version: version(),
    log,
    openJoin: async (link) => await openJoin(settings, { link, state: stateDirectory(), log }),
  })
  const link = new Socket({ fd: linkFd, readable: true, writable: true })
  const ended = once(link, 'close')
  await untilSignal(async (signal) => {
    try {
      await share.startStatus()
      share.take(link)
      await Promise.race([aborted(signal), ended])
    } finally {
      await share.stop()
    }
  })
}
