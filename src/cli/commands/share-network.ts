import { once } from 'node:events'
import { Socket } from 'node:net'
import { type Command, Option } from 'commander'
import { defaultConfig } from '../../config/defaults.ts'
import { createLogger } from '../../log.ts'
import { type JoinSettings, openJoin } from '../../share/process/open-join.ts'
import { openServe } from '../../share/process/open-serve.ts'
import { runtimeDirectory, stateDirectory } from '../../share/process/places.ts'
import { ShareProcess } from '../../share/process/share-process.ts'
import { version } from '../../version.ts'
import { linkFd } from '../network-half.ts'
import { type JoinFlags, joinSettingsOf, serverKeyKinds } from '../share-options.ts'
import { aborted, untilSignal } from '../until-signal.ts'

/** The arguments that mean these settings. */
export function networkArguments({
  server,
  name,
  screen,
  serverKeys,
  isPlain,
}: JoinSettings): string[] {
  return [
    ...['network', '--name', name],
    ...(screen === undefined ? [] : ['--screen', `${screen.width}x${screen.height}`]),
    ...(serverKeys === undefined ? [] : ['--server-keys', serverKeys]),
    ...(isPlain ? ['--plain'] : []),
    ...['--', server],
  ]
}

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
    serveSettings: () => undefined,
    openServe: async (wish) => await openServe(wish, { state: stateDirectory(), log }),
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
