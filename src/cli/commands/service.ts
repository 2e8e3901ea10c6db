import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { defineServiceRun } from './service-run.ts'

const help = `
The service is what runs for good: it is started by systemd, or whatever starts
services on this machine, and does what its configuration file says.

Examples:
  evswitch service run            in the foreground, with its log on stderr
  evswitch status                 what it does now
`

/** evswitch service */
export function define(command: Command, _output: Output): void {
  command.addHelpText('after', help)
  defineServiceRun(command.command('run'))
  requirePart(command, 'say what to do with the service')
}
