import type { Command } from 'commander'
import { parseIpAddress, parsePort, parseScreenName } from '../../config/share-types.ts'
import { EvswitchError } from '../../errors.ts'
import { layoutNames } from '../../share/keys/layout-names.ts'
import { runtimeDirectory, serveSocket } from '../../share/process/places.ts'
import { startNetworkHalf } from '../network-half.ts'
import type { Output } from '../output.ts'
import { addRunOptions, overridesOf } from '../run-options.ts'
import { type Companion, runSession } from '../run-session.ts'
import { serviceOptions } from '../service-options.ts'
import { serveSettings } from '../share-options.ts'
import { serveArguments } from './share-network-serve.ts'

interface ServeFlags {
  readonly config?: string
  readonly socket?: string
  readonly json: boolean
  readonly address?: string
  readonly port?: string
  readonly layout?: string
}

const help = `
The keyboard and mouse of this machine go to other computers: both Ctrl keys
switch, as to a guest. There a client of Barrier, Input Leap or Deskflow runs,
and calls itself SCREEN; each side must know the certificate of the other:
evswitch share trust shows both, and accepts. Without SCREEN it serves the
targets of the configuration that have kind = "barrier".

Other computers are told characters, so the keyboard layout of this machine
counts. All options of evswitch run hold here, too. The part that talks to the
network is a process of its own, which has no rights at all, also for root.

Examples:
  sudo evswitch share serve laptop
  sudo evswitch share serve laptop work --layout de --address 192.168.1.5
`

/** evswitch share serve */
export function defineShareServe(command: Command, output: Output): void {
  addRunOptions(command)
    .summary('send the keyboard and mouse of this machine to other computers, until Ctrl+C')
    .description('send the keyboard and mouse of this machine to other computers, until Ctrl+C')
    .argument('[screen...]', 'what the other computers call themselves')
    .option('--address <address>', 'of this machine, where they connect (default: all)')
    .option('--port <number>', 'the port where they do (default: 24800)')
    .option('--layout <name>', 'keyboard layout, as in de (default: that of this machine)')
    .option('--socket <path>', 'where evswitch status and switch find it')
    .option('--json', 'one JSON object a line instead of text', false)
    .addHelpText('after', help)
    .action(async (screens: readonly string[], flags: ServeFlags) => {
      await serve(screens, flags, command, output)
    })
}

async function serve(
  screens: readonly string[],
  flags: ServeFlags,
  command: Command,
  output: Output,
): Promise<void> {
  const { config, socket, json, address, port, layout } = flags
  const overrides = {
    ...overridesOf(command),
    screens: screens.length === 0 ? undefined : screens.map(parseScreenName),
    address: address === undefined ? undefined : parseIpAddress(address),
    port: port === undefined ? undefined : parsePort(port),
    layout: layout === undefined ? undefined : layoutNames({ layout }).layout,
  }
  await runSession(
    {
      ...{ json, config, overrides },
      optionsOf: (wanted, file) => {
        const options = serviceOptions(wanted, { file, socket })
        // The other half was given what it is to do at its start.
        const place = { socket: serveSocket(runtimeDirectory()), wish: '' }
        return { ...options, join: undefined, serve: place }
      },
      beside: (wanted) => networkHalf(serveSettings(wanted)),
    },
    output,
  )
}

function networkHalf(settings: ReturnType<typeof serveSettings>): Companion {
  if (settings === undefined) {
    throw new EvswitchError('usage', 'say which screens are to be served', {
      remedy:
        'as in evswitch share serve laptop; targets with kind = "barrier" in the configuration are some, too',
    })
  }
  const half = startNetworkHalf(serveArguments(settings))
  return {
    ended: half.ended,
    stop: () => half.stop(),
    complain: () => {
      throw new EvswitchError('unexpected', 'the part that talks to the network has ended')
    },
  }
}
