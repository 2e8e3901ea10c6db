import type { Command } from 'commander'
import { Agent } from '../../agent/agent.ts'
import { openDesktop } from '../../agent/desktop.ts'
import { agentOptions } from '../../agent/options.ts'
import { readOwnConfigFile } from '../../config/config-file.ts'
import { loadConfig } from '../../config/load.ts'
import { messageOf } from '../../errors.ts'
import { createLogger } from '../../log.ts'
import type { Output } from '../output.ts'
import { untilSignal } from '../until-signal.ts'

interface AgentFlags {
  readonly config?: string
  readonly socket?: string
}

const help = `
The agent listens to the service, as you, in your session. It runs the [[hook]]
programs of your own configuration file, shows notifications, and keeps the
screen on and the machine awake while a guest has the input. The service may
come and go; the agent waits for it. SIGHUP reads the file anew.

The file must be your own, and nobody else may write it.

Examples:
  evswitch agent                                  in the foreground, until Ctrl+C
  systemctl --user enable --now evswitch-agent    at each login
`

/** evswitch agent */
export function define(command: Command, _output: Output): void {
  command
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--socket <path>', 'of the service, instead of the usual place')
    .addHelpText('after', help)
    .action(async (flags: AgentFlags) => await runAgent(flags))
}

async function runAgent({ config: named, socket }: AgentFlags): Promise<void> {
  const load = () => agentOptions(loadConfig(named, undefined, readOwnConfigFile).config)
  const options = load()
  const log = await createLogger()
  const agent = new Agent(options, { log, socket, desktop: openDesktop(log) })
  const reload = () => {
    try {
      agent.reconfigure(load())
      log.info('configuration was read anew')
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'configuration is left as it was')
    }
  }
  // On a terminal it means that this is closed.
  const onHangup = process.stderr.isTTY === true ? undefined : reload
  await untilSignal(async (signal) => {
    log.info({ hooks: options.hooks.length }, 'agent is ready')
    await agent.run(signal)
  }, onHangup)
}
