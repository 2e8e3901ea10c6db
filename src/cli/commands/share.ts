import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { defineShareTrust } from './share-trust.ts'

/** evswitch share */
export function define(command: Command, output: Output): void {
  defineShareTrust(command.command('trust'), output)
  requirePart(command, 'say what to do with the share')
}
