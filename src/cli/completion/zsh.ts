import {
  type ArgumentFacts,
  allCommands,
  type CommandFacts,
  type OptionFacts,
  type ValueKind,
} from '../command-tree.ts'

/** A function file for zsh (`_evswitch` in a folder of $fpath); it may be sourced after compinit as well. */
export function zshCompletion(tree: CommandFacts): string {
  return `\
#compdef evswitch
# zsh completion for evswitch, by: evswitch completion zsh

_evswitch_devices() {
  local -a found=(/dev/input/by-id/*(N) /dev/input/by-path/*(N) /dev/input/event*(N))
  compadd "$@" -a - found[@]
  compadd "$@" -- \${found#/dev/input/}
}

_evswitch_targets() {
  local -a found=(/dev/input/by-id/evswitch-*-event-kbd(N:t))
  found=(\${\${found#evswitch-}%-event-kbd})
  compadd "$@" -- host $found
}

${allCommands(tree).map(commandFunction).join('\n')}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _evswitch "$@"
else
  compdef _evswitch evswitch
fi
`.replace('  compadd "$@" -a - found[@]\n', '')
}

function commandFunction({ path, options, arguments: places, commands }: CommandFacts): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...(commands.length > 0
      ? [quoted('1: :->command'), quoted('*:: :->rest')]
      : places.map(argumentSpec)),
  ]
  const rest = commands.map(
    (each) => `        ${each.name}) ${functionName(each.path)} && ret=0 ;;`,
  )
  const names = commands.map(({ name, summary }) => quoted(`${name}:${summary || name}`))
  const below =
    commands.length === 0
      ? ''
      : `\
  case $state in
    command)
      local -a commands=(
        ${names.join('\n        ')}
      )
      _describe -t commands command commands && ret=0
      ;;
    rest)
      case $line[1] in
${rest.join('\n')}
      esac
      ;;
  esac
`
  return `\
${functionName(path)}() {
  local curcontext="$curcontext" state line ret=1
  typeset -A opt_args
  _arguments -C -s -S \\
    ${specs.join(' \\\n    ')} && ret=0
${below}  return ret
}
`
}

/** '_evswitch_config_check'. */
function functionName(path: string): string {
  return `_${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`
}

function optionSpecs({
  long,
  short,
  description,
  placeholder,
  value,
  isRepeatable,
}: OptionFacts): string[] {
  const about = `[${escaped(description)}]`
  const taken = placeholder === undefined ? '' : `:${escaped(placeholder)}:${action(value)}`
  const names = short === undefined ? [long] : [short, long]
  return names.map((name) => {
    // Long options take their value behind a space or an equals sign.
    const form = placeholder !== undefined && name.startsWith('--') ? `${name}=` : name
    const excluded = isRepeatable ? '*' : `(${names.join(' ')})`
    return quoted(`${excluded}${form}${about}${taken}`)
  })
}

function argumentSpec({ name, value, isVariadic }: ArgumentFacts): string {
  return quoted(`${isVariadic ? '*' : ''}:${escaped(name)}:${action(value)}`)
}

function action(value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`
    case 'file':
      return '_files'
    case 'directory':
      return '_files -/'
    case 'device':
      return '_evswitch_devices'
    case 'target':
      return '_evswitch_targets'
    case 'other':
      return ' '
  }
}

function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
