import { wrapped } from '../markdown.ts'
import { systemConfigFile } from './config-file.ts'
import { fileBytesMax } from './limits.ts'
import { type Field, type Fields, type Schema, schema } from './schema.ts'
import { tomlValue } from './toml-text.ts'

const head = `# Configuration

evswitch needs none for the usual case: every keyboard and mouse, one guest, both Ctrl keys. What it should do
otherwise stands in a TOML 1.0 file of at most ${fileBytesMax / 1024} KiB:

- the file that \`--config FILE\` names, else
- \`${systemConfigFile}\` for root, and for anybody else \`$XDG_CONFIG_HOME/evswitch/config.toml\`, where
  \`$XDG_CONFIG_HOME\` is \`~/.config\` unless it is set. This one need not be there.

Options of \`evswitch run\` win over the file. \`evswitch config check\` tells everything that is wrong with a file,
\`evswitch config show\` what holds in the end and where each value is from. A key that is not on this page is an
error. Root does not obey a file that every user may write.

[config.example.toml](config.example.toml) is a file to start from. \`evswitch config import FILE\` makes one of a
configuration of persistent-evdev or a command line of evsieve.
`

/** The reference of the configuration in Markdown, from the schema. */
export function configReference(): string {
  const parts = Object.entries(schema as Schema)
  const top = parts.flatMap(([name, part]) =>
    part.kind === 'field' ? [fieldText(name, part)] : [],
  )
  const tables = parts.flatMap(([name, part]) => {
    if (part.kind === 'field') return []
    const title = part.kind === 'list' ? `[[${name}]]` : `[${name}]`
    const most = part.kind === 'list' ? [`At most ${part.max}.`] : []
    const about = wrapped([part.about, ...most].join(' '))
    return [[`## \`${title}\``, about, ...fieldTexts(part.fields)].join('\n\n')]
  })
  return `${[head, '## At the top of the file, before all tables', ...top, ...tables].join('\n\n').replace(/\n{3,}/g, '\n\n')}\n`
}

function fieldTexts(fields: Fields): string[] {
  return Object.entries(fields).map(([name, field]) => fieldText(name, field))
}

function fieldText(name: string, { type, presence, default: value, about }: Field): string {
  const lack = {
    required: 'Must be there.',
    optional: 'May be left out.',
    default: `Default: \`${value === undefined ? '' : tomlValue(type.plain(value))}\`.`,
  }
  return `### \`${name}\`\n\n${wrapped(`${capital(type.expects)}. ${lack[presence]} ${about}`)}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
