import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { defineServiceInstall } from './service-install.ts'
import { defineServiceRun } from './service-run.ts'
import { defineServiceStatus } from './service-status.ts'
import { defineServiceUninstall } from './service-uninstall.ts'

const help = `
The service is what runs for good: it is started by systemd, or whatever starts
services on this machine, and does what its configuration file says.

Examples:
  sudo evswitch service install   install it, and start it now and at every boot
  evswitch service run            in the foreground, with its log on stderr
  evswitch status                 what it does now
`

/** evswitch service */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  defineServiceInstall(command.command('install'), output)
  defineServiceUninstall(command.command('uninstall'), output)
  defineServiceStatus(command.command('status'), output)
  defineServiceRun(command.command('run'))
  requirePart(command, 'say what to do with the service')
}
