import type { Command } from 'commander'
import type { ControlClient } from '../../control/client.ts'
import { limits } from '../../control/limits.ts'
import type { LogLine } from '../../control/protocol.ts'
import { EvswitchError } from '../../errors.ts'
import { addClientOptions, type ClientFlags } from '../client-options.ts'
import { logLineText } from '../log-text.ts'
import type { Output } from '../output.ts'
import { aborted, untilSignal } from '../until-signal.ts'

interface LogFlags extends ClientFlags {
  readonly follow: boolean
  readonly lines: string
}

const help = `
The service keeps its last ${limits.logLines} lines: switches, devices that came and went,
warnings. Keys are never among them.

Examples:
  evswitch log --lines 20
  evswitch log --follow --json | jq -r 'select(.msg == "switched") | .data.target'
`

/** evswitch log */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .option('-f, --follow', 'and what comes, until Ctrl+C', false)
    .option('-n, --lines <count>', 'how many of the last lines', String(limits.logLines))
    .addHelpText('after', help)
    .action(async (flags: LogFlags) => await log(flags, output))
}

async function log(flags: LogFlags, output: Output): Promise<void> {
  const lines = parseCount(flags.lines)
  const print = (line: LogLine) => {
    output.out(`${flags.json ? JSON.stringify(line) : logLineText(line)}\n`)
  }
  const { ControlClient } = await import('../../control/client.ts')
  const client = await ControlClient.connect(flags.socket)
  try {
    if (flags.follow) await follow(client, lines, print)
    else for (const line of (await client.call('log', { lines })).lines) print(line)
  } finally {
    client.close()
  }
}

/** What is kept first, then what comes; a line of both is told once. */
async function follow(
  client: ControlClient,
  lines: number,
  print: (line: LogLine) => void,
): Promise<void> {
  const early: LogLine[] = []
  let tell = (line: LogLine): void => void early.push(line)
  client.listen((heard) => {
    if (heard.name === 'log') tell(heard.params)
  })
  await client.call('subscribe', { events: ['log'] })
  const kept = (await client.call('log', { lines })).lines
  for (const line of kept) print(line)
  const told = new Set(kept.map((line) => JSON.stringify(line)))
  for (const line of early) if (!told.has(JSON.stringify(line))) print(line)
  tell = print
  await untilSignal(async (signal) => {
    await Promise.race([aborted(signal), client.closed])
    if (signal.aborted) return
    throw new EvswitchError('not-running', 'the service has ended')
  })
}

function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), limits.logLines)
  throw new EvswitchError('usage', `bad number of lines ${JSON.stringify(text.slice(0, 20))}`, {
    remedy: 'say a number, as in --lines 20',
  })
}
