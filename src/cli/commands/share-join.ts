import { type Command, Option } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { nodeMaker } from '../../engine/node-maker.ts'
import { EvswitchError } from '../../errors.ts'
import { pour } from '../../share/nodes/pour.ts'
import { ShareNodes } from '../../share/nodes/share-nodes.ts'
import { startNetworkHalf } from '../network-half.ts'
import type { Output } from '../output.ts'
import { type JoinFlags, joinSettingsOf, serverKeyKinds } from '../share-options.ts'
import { untilSignal } from '../until-signal.ts'
import { networkArguments } from './share-network.ts'

const help = `
This machine becomes a screen of a Barrier, Input Leap or Deskflow server, as
barrierc makes one, until Ctrl+C: keys, buttons, wheel and motion come out of input
devices, so it works on Wayland, at the login screen and on a console. The server
must know the name of the screen, and each side the certificate of the other:
evswitch share trust shows both, and accepts.

It needs the right to make input devices; the part that talks to the network is a
process of its own: for root as the user evswitch-share, which has no rights at all
and must be there. When the server goes away everything that is pressed is released,
and it is tried again for ever.

Examples:
  sudo evswitch share join desk --name laptop
  sudo evswitch share join 192.168.1.20:24801 --screen 3840x2160
`

/** evswitch share join */
export function defineShareJoin(command: Command, output: Output): void {
  command
    .summary('let the keyboard and mouse of another computer come here, until Ctrl+C')
    .description('let the keyboard and mouse of another computer come here, until Ctrl+C')
    .argument('[server]', 'its name or address, and :PORT; default: [share.join] server')
    .option('--name <screen>', 'what the server calls this screen (default: the host name)')
    .option('--screen <size>', 'as in 1920x1080 (default: that of the displays)')
    .addOption(
      new Option('--server-keys <kind>', 'how the server numbers its keys').choices(serverKeyKinds),
    )
    .option('--plain', 'without TLS: everybody on the way can read every key')
    .option('--config <file>', 'configuration, instead of the usual file')
    .addHelpText('after', help)
    .action(async (server: string | undefined, flags: JoinFlags & { config?: string }) => {
      const { config } = loadConfig(flags.config)
      const settings = joinSettingsOf(server, flags, config)
      await untilSignal(async (signal) => {
        const nodes = await ShareNodes.create(nodeMaker())
        try {
          const half = startNetworkHalf(networkArguments(settings))
          output.out(
            `${settings.server} may use this machine as the screen ${settings.name}; Ctrl+C ends it\n`,
          )
          const stop = () => half.stop()
          signal.addEventListener('abort', stop, { once: true })
          const fault = await pour(half.link, nodes)
          await half.ended
          if (!signal.aborted) throw hasEnded(fault)
        } finally {
          nodes.close()
        }
      })
    })
}

function hasEnded(fault: string | undefined): EvswitchError {
  return fault === undefined
    ? new EvswitchError('unexpected', 'the part that talks to the network has ended')
    : new EvswitchError('unexpected', `the part that talks to the network was ended: ${fault}`)
}
