import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { createLogger } from '../../log.ts'
import { openJoin } from '../../share/process/open-join.ts'
import { openServe } from '../../share/process/open-serve.ts'
import { runtimeDirectory, stateDirectory } from '../../share/process/places.ts'
import { ShareProcess } from '../../share/process/share-process.ts'
import { version } from '../../version.ts'
import { joinSettings, serveSettings } from '../share-options.ts'
import { aborted, untilSignal } from '../until-signal.ts'

const help = `
What evswitch-share.service runs, beside evswitch.service: it talks to the
network, and has no device. The service makes the input devices, has the keys, and
connects to this. Both read the same configuration: [share.join], [share.serve]
and targets of the kind barrier; each reload of the service is one of this, too.

Example:
  sudo evswitch share run
`

/** evswitch share run */
export function defineShareRun(command: Command): void {
  command
    .summary('run the network part of the service, until it is told to end')
    .description('run the network part of the service, until it is told to end')
    .option('--config <file>', 'configuration, instead of the usual file')
    .addHelpText('after', help)
    .action(async ({ config }: { config?: string }) => await runShare(config))
}

async function runShare(named: string | undefined): Promise<void> {
  const log = await createLogger()
  const share = new ShareProcess({
    runtime: runtimeDirectory(),
    version: version(),
    log,
    openJoin: async (link) => {
      const settings = joinSettings(loadConfig(named).config)
      return settings && (await openJoin(settings, { link, state: stateDirectory(), log }))
    },
    serveSettings: () => serveSettings(loadConfig(named).config),
    openServe: async (settings) => await openServe(settings, { state: stateDirectory(), log }),
  })
  await untilSignal(async (signal) => {
    try {
      await share.start()
      log.info('share waits for the service')
      await aborted(signal)
    } finally {
      await share.stop()
    }
  })
}
