import { systemConfigFile } from '../config/config-file.ts'
import { allCommands, type CommandFacts, type OptionFacts } from './command-tree.ts'

/** The manual page, in the man macros of roff. */
export function manPage(tree: CommandFacts, version: string): string {
  const [, ...commands] = allCommands(tree)
  const told = commands.filter(({ path }) => path !== `${tree.name} help`)
  return `${[
    `.\\" Made from the commands' own help: npm run docs`,
    `.TH ${tree.name.toUpperCase()} 1 "" "${tree.name} ${version}"`,
    '.SH NAME',
    `${tree.name} \\- software KVM switch for keyboards, mice and QEMU guests`,
    '.SH SYNOPSIS',
    ...told
      .filter(({ commands: parts }) => parts.length === 0)
      .flatMap(synopsis)
      .slice(0, -1),
    '.SH DESCRIPTION',
    ...prose(tree.description),
    '.SH OPTIONS',
    ...tree.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...told.flatMap(commandLines),
    '.SH FILES',
    '.TP',
    `.I ${escaped(systemConfigFile)}`,
    'The configuration for root; without one there is one guest, and both Ctrl keys switch.',
    '.TP',
    `.I ${escaped('~/.config/evswitch/config.toml')}`,
    'The same for anybody else.',
    '.TP',
    `.I ${escaped('/dev/input/by-id/evswitch-TARGET-event-kbd')}`,
    'The keyboard node of a guest;',
    `.I ${escaped('...-event-mouse')}`,
    'is its mouse.',
    '.SH NOTES',
    ...helpText(tree.text).slice(1),
    '.SH SEE ALSO',
    '.BR libinput (1),',
    '.BR evtest (1),',
    '.BR qemu (1),',
    '.BR virsh (1)',
  ].join('\n')}\n`
}

function synopsis({ path, usage }: CommandFacts): string[] {
  const taken = usage.split(' ').map((word) => `\\fI${escaped(word)}\\fR`)
  return [`.B ${escaped(path)}`, taken.join(' '), '.br']
}

function commandLines({
  path,
  usage,
  description,
  summary,
  options,
  text,
  commands,
}: CommandFacts): string[] {
  const about = description || summary
  return [
    `.SS ${escaped(commands.length > 0 ? path : `${path} ${usage}`)}`,
    ...prose(`${about.charAt(0).toUpperCase()}${about.slice(1)}.`),
    ...options.filter(({ long }) => long !== '--help').flatMap(optionLines),
    ...helpText(text),
  ]
}

function optionLines({ flags, description }: OptionFacts): string[] {
  return ['.TP', `.B ${escaped(flags)}`, ...lines(description)]
}

/** Paragraphs as they are, and what is indented, as examples and tables are, line by line. */
function helpText(text: string): string[] {
  const blocks = text === '' ? [] : text.split(/\n{2,}/)
  return blocks.flatMap((block) => {
    const out: string[] = []
    let isKept = false
    for (const line of block.split('\n')) {
      const keeps = line.startsWith('  ')
      if (keeps !== isKept) out.push(...(keeps ? ['.PP', '.nf', '.RS'] : ['.RE', '.fi', '.PP']))
      else if (out.length === 0) out.push('.PP')
      isKept = keeps
      out.push(...(keeps ? [escaped(line.slice(2))] : lines(line)))
    }
    return isKept ? [...out, '.RE', '.fi'] : out
  })
}

function prose(text: string): string[] {
  return text.split('\n').flatMap(lines)
}

/** A sentence a line, so that the formatter sees where one ends. */
function lines(text: string): string[] {
  return text.split(/(?<=[.:;]) (?=[A-Z])/).map(escaped)
}

/** Text that roff prints as it is. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/\P{ASCII}/gu, (character) => `\\[u${hex(character)}]`)
    .replace(/^\./, '\\&.')
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}
