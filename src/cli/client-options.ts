import type { Command } from 'commander'
import { ControlClient } from '../control/client.ts'

/** The options that every command has that asks the service. */
export interface ClientFlags {
  readonly socket?: string
  readonly json: boolean
}

export function addClientOptions(command: Command): Command {
  return command
    .option('--socket <path>', 'of the service, instead of the usual place')
    .option('--json', 'JSON instead of text', false)
}

/** Does something with a connection to the service, which then ends. */
export async function withClient<T>(
  { socket }: ClientFlags,
  work: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const client = await ControlClient.connect(socket)
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
