import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Command } from 'commander'
import { createLogger } from '../../log.ts'
import { openServe, type ServeSettings } from '../../share/process/open-serve.ts'
import { runtimeDirectory, stateDirectory } from '../../share/process/places.ts'
import { ShareProcess } from '../../share/process/share-process.ts'
import { version } from '../../version.ts'
import { linkFd } from '../network-half.ts'
import { aborted, untilSignal } from '../until-signal.ts'

/** The arguments that mean these settings. */
export function serveArguments(settings: ServeSettings): string[] {
  return ['network-serve', JSON.stringify(settings)]
}

/** evswitch share network-serve: the half of `share serve` that talks to the network, without rights. */
export function defineShareNetworkServe(command: Command): void {
  command.argument('<settings>').action(async (text: string) => {
    // From the process that has started this one, which has checked them.
    await runNetwork(JSON.parse(text) as ServeSettings)
  })
}

async function runNetwork(settings: ServeSettings): Promise<void> {
  const log = await createLogger()
  const share = new ShareProcess({
    runtime: runtimeDirectory(),
    version: version(),
    log,
    openJoin: async () => await Promise.resolve(undefined),
    serveSettings: () => settings,
    openServe: async (wish) => await openServe(wish, { state: stateDirectory(), log }),
  })
  // Nothing comes over it but its end.
  const parent = new Socket({ fd: linkFd, readable: true, writable: true }).resume()
  const ended = once(parent, 'close')
  await untilSignal(async (signal) => {
    try {
      await share.startServe()
      await Promise.race([aborted(signal), ended])
    } finally {
      await share.stop()
    }
  })
}
