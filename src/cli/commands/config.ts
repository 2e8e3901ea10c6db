import type { Command } from 'commander'
import { readConfigFile, readText, usualConfigFile } from '../../config/config-file.ts'
import { decodeConfig } from '../../config/decode.ts'
import { configError, diagnosticText, plain } from '../../config/diagnostic.ts'
import { importConfig } from '../../config/import.ts'
import { loadConfig, noSuchFile } from '../../config/load.ts'
import { override } from '../../config/override.ts'
import { configReference } from '../../config/reference.ts'
import { configJson, configToml } from '../../config/show.ts'
import { printable } from '../../devices/sanitize.ts'
import { EvswitchError } from '../../errors.ts'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { addRunOptions, overridesOf } from '../run-options.ts'

interface JsonFlag {
  readonly json: boolean
}

const help = `
No file is needed for the usual case: every keyboard and mouse, one guest, both
Ctrl keys. What differs stands in a TOML file: the one that --config names, else
/etc/evswitch/config.toml for root, ~/.config/evswitch/config.toml for others.

A file for two guests, each with its own key:

  [[target]]
  name = "win10"

  [[target]]
  name = "mac"

  [[hotkey]]
  keys = "f13"
  action = "switch"
  target = "win10"

  [[hotkey]]
  keys = "f14"
  action = "switch"
  target = "mac"

Examples:
  evswitch config check                   is the usual file right?
  evswitch config check new.toml && sudo cp new.toml /etc/evswitch/config.toml
  evswitch config show                    what holds, and where it is from
  evswitch config import evsieve.sh > config.toml
  evswitch config reference | less        everything that can stand in it
`

const checkHelp = `
All errors are told at once, each with its place, and warnings for what is
doubtful. Exit code 0 when there is no error, 6 when there is one.
`

const showHelp = `
The output is a file that says the same; behind each value stands its origin: a
line of the file, an option, or that it is the default. Options are those of
evswitch run, so this shows what such a run would do.

Examples:
  evswitch config show --hotkey f13 --target win10 > config.toml
  evswitch config show --json | jq .settings.hotkey
`

const importHelp = `
The result goes to stdout, with comments for what was not carried over. FILE is
the JSON of persistent-evdev, or anything with a command line of evsieve in it:
a script, a systemd unit, a file of arguments.

Example:
  evswitch config import /etc/persistent-evdev/config.json > config.toml
  evswitch config check config.toml
`

/** evswitch config */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  command
    .command('check [file]')
    .summary('tell what is wrong with a file')
    .description('tell everything that is wrong with a configuration file')
    .option('--json', 'one JSON object instead of text', false)
    .addHelpText('after', checkHelp)
    .action((file: string | undefined, { json }: JsonFlag) => check(file, json, output))
  const show = command.command('show')
  addRunOptions(show)
    .summary('show what holds, and where it is from')
    .description('show the configuration that holds, and where each value is from')
    .option('--json', 'one JSON object instead of text', false)
    .addHelpText('after', showHelp)
    .action((flags: JsonFlag & { readonly config?: string }) => {
      const { config, file } = loadConfig(flags.config)
      const effective = override(config, overridesOf(show), file)
      if (flags.json) return output.out(`${JSON.stringify(configJson(effective, file), null, 2)}\n`)
      const source = file === undefined ? `no file (${usualConfigFile()})` : file
      output.out(`${[`# ${printable(source)}`, ...configToml(effective)].join('\n')}\n`)
    })
  command
    .command('import <file>')
    .summary('make a file of persistent-evdev or evsieve')
    .description('print a configuration made of one of persistent-evdev or evsieve')
    .addHelpText('after', importHelp)
    .action((file: string) => output.out(importConfig(readNamed(file))))
  command
    .command('reference')
    .summary('print everything that can stand in a file')
    .description('print everything that can stand in a configuration file, in Markdown')
    .action(() => output.out(configReference()))
  requirePart(command, 'say what to do with the configuration')
}

function check(named: string | undefined, json: boolean, output: Output): void {
  const file = named ?? usualConfigFile()
  const text = readConfigFile(file)
  if (text === undefined) {
    if (named !== undefined) throw noSuchFile(named)
    const sentence = `there is no ${printable(file)}: everything has its default`
    output.out(json ? `${JSON.stringify({ file: null, problems: [] })}\n` : `${sentence}\n`)
    return
  }
  const { config, diagnostics } = decodeConfig(text)
  if (json) {
    const problems = diagnostics.map(({ severity, range: { start }, message, remedy }) => {
      const advice = remedy === undefined ? {} : { remedy: plain(remedy) }
      return {
        severity,
        line: start.line,
        column: start.column,
        message: plain(message),
        ...advice,
      }
    })
    output.out(`${JSON.stringify({ file, problems }, null, 2)}\n`)
    if (config === undefined) {
      throw new EvswitchError('bad-config', `${printable(file)} has errors`)
    }
    return
  }
  if (config === undefined) throw configError(diagnostics, file, text)
  for (const diagnostic of diagnostics) {
    output.out(`${diagnosticText(diagnostic, file, text).join('\n')}\n`)
  }
  output.out(`${printable(file)} is right\n`)
}

function readNamed(file: string): string {
  const text = readText(file)
  if (text === undefined) throw noSuchFile(file)
  return text
}
