import {
  type ArgumentFacts,
  allCommands,
  type CommandFacts,
  type OptionFacts,
  type ValueKind,
} from '../command-tree.ts'

/** A script for fish (`evswitch.fish` in a folder of $fish_complete_path). */
export function fishCompletion(tree: CommandFacts): string {
  const commands = allCommands(tree)
  const paths = commands.slice(1).map(({ path }) => quoted(path))
  const valued = commands.flatMap(({ path, options }) =>
    options
      .filter(({ placeholder }) => placeholder !== undefined)
      .flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])])
      .map((name) => quoted(`${path} ${name}`)),
  )
  return `\
# fish completion for evswitch, by: evswitch completion fish

# The command that stands on the command line: evswitch config check
function __evswitch_path
    set -l path evswitch
    set -l takes_value 0
    for word in (commandline -opc)[2..]
        if test $takes_value = 1
            set takes_value 0
        else if string match -q -- '-*' $word
            contains -- "$path $word" \\
                ${valued.join(' \\\n                ')}
            and set takes_value 1
        else if contains -- "$path $word" \\
                ${paths.join(' \\\n                ')}
            set path "$path $word"
        end
    end
    echo $path
end

function __evswitch_at
    test (__evswitch_path) = "$argv"
end

function __evswitch_devices
    for node in /dev/input/by-id/* /dev/input/by-path/* /dev/input/event*
        string replace /dev/input/ '' $node
    end
end

function __evswitch_targets
    echo host
    for node in /dev/input/by-id/evswitch-*-event-kbd
        string replace -r '.*/evswitch-(.*)-event-kbd$' '$1' $node
    end
end

complete -c evswitch -f
${commands.flatMap(commandLines).join('\n')}
`
}

function commandLines({ path, options, arguments: places, commands }: CommandFacts): string[] {
  const start = `complete -c evswitch -n ${quoted(`__evswitch_at ${path}`)}`
  return [
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary || name)}`),
    ...options.map((option) => `${start} ${optionText(option)}`),
    ...places.flatMap((place) => argumentText(place)).map((text) => `${start} ${text}`),
  ]
}

function optionText({ long, short, description, placeholder, value }: OptionFacts): string {
  const names = [
    `-l ${long.replace(/^--/, '')}`,
    ...(short === undefined ? [] : [`-s ${short.replace(/^-/, '')}`]),
  ]
  const about = `-d ${quoted(description)}`
  if (placeholder === undefined) return [...names, about].join(' ')
  return [...names, valueText(value), about].join(' ')
}

function argumentText({ value }: ArgumentFacts): string[] {
  if (value.kind === 'other') return []
  return [value.kind === 'file' || value.kind === 'directory' ? '-F' : valueText(value).slice(3)]
}

function valueText(value: ValueKind): string {
  switch (value.kind) {
    case 'words':
      return `-x -a ${quoted(value.words.join(' '))}`
    case 'file':
      return '-r -F'
    case 'directory':
      return `-x -a ${quoted('(__fish_complete_directories)')}`
    case 'device':
      return `-x -a ${quoted('(__evswitch_devices)')}`
    case 'target':
      return `-x -a ${quoted('(__evswitch_targets)')}`
    case 'other':
      return '-x'
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
