import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { defineShareJoin } from './share-join.ts'
import { defineShareNetwork } from './share-network.ts'
import { defineShareNetworkServe } from './share-network-serve.ts'
import { defineShareRun } from './share-run.ts'
import { defineShareServe } from './share-serve.ts'
import { defineShareStatus } from './share-status.ts'
import { defineShareTrust } from './share-trust.ts'

const help = `
The share speaks the protocol of Barrier, Input Leap and Deskflow, on Wayland, on
X11 and on a bare console. It needs no desktop: keys come out of input devices.

Examples:
  sudo evswitch share join desk --name laptop   the keyboard and mouse of desk, here
  sudo evswitch share serve laptop              those of this machine, at laptop
  evswitch share status                         whether it is connected, and why not
  sudo evswitch share trust                     who may be talked to
`

/** evswitch share */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  defineShareJoin(command.command('join'), output)
  defineShareServe(command.command('serve'), output)
  defineShareStatus(command.command('status'), output)
  defineShareTrust(command.command('trust'), output)
  defineShareRun(command.command('run'))
  defineShareNetwork(command.command('network', { hidden: true }))
  defineShareNetworkServe(command.command('network-serve', { hidden: true }))
  requirePart(command, 'say what to do with the share')
}
