import { allCommands, type CommandFacts, type ValueKind } from '../command-tree.ts'

/** A script for bash that completes command lines; it needs no other. */
export function bashCompletion(tree: CommandFacts): string {
  const commands = allCommands(tree)
  const facts = commands.map(
    ({ path, commands: parts, options, arguments: places }) => `\
    ${quoted(path)})
      commands=${quoted(parts.map(({ name }) => name).join(' '))}
      options=${quoted(options.flatMap(({ long, short }) => (short ? [short, long] : [long])).join(' '))}
      arguments=(${places.map(({ value }) => quoted(kindText(value))).join(' ')})
      is_variadic=${places.at(-1)?.isVariadic ? 1 : 0} ;;`,
  )
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ long, short, placeholder, value }) => {
      if (placeholder === undefined) return []
      const names = [long, ...(short ? [short] : [])].map((name) => quoted(`${path} ${name}`))
      return [`    ${names.join(' | ')}) kind=${quoted(kindText(value))} ;;`]
    }),
  )
  return `\
# bash completion for evswitch, by: evswitch completion bash
# shellcheck shell=bash disable=SC2034,SC2086,SC2207

# Sets what there is for the command $1.
_evswitch_facts() {
  case $1 in
${facts.join('\n')}
  esac
}

# Sets the kind of value that the option $2 of the command $1 takes, to nothing where it takes none.
_evswitch_value() {
  kind=
  case "$1 $2" in
${values.join('\n')}
  esac
}

# Prints every value of a kind.
_evswitch_words() {
  case $1 in
    =*) printf '%s\\n' \${1#=} ;;
    device) (cd /dev/input 2>/dev/null && shopt -s nullglob && printf '%s\\n' by-id/* by-path/* event*) ;;
    target)
      (
        shopt -s nullglob
        for node in /dev/input/by-id/evswitch-*-event-kbd; do
          node=\${node##*/evswitch-}
          printf '%s\\n' "\${node%-event-kbd}"
        done
        printf 'host\\n'
      )
      ;;
  esac
}

_evswitch() {
  local line=\${COMP_LINE:0:COMP_POINT} cur word path=evswitch kind='' place=0 is_variadic=0
  local commands options arguments words
  read -ra words <<<"$line"
  # What stands behind the last space is being typed.
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[\${#words[@]} - 1]}
  _evswitch_facts "$path"
  for word in "\${words[@]:1:\${#words[@]} - 2}"; do
    if [[ -n $kind ]]; then
      kind=
    elif [[ $word == -* ]]; then
      _evswitch_value "$path" "$word"
    elif [[ $place == 0 && " $commands " == *" $word "* ]]; then
      path+=" $word"
      _evswitch_facts "$path"
    else
      place=$((place + 1))
    fi
  done
  if [[ -z $kind && $cur == --*=* ]]; then
    _evswitch_value "$path" "\${cur%%=*}"
    cur=\${cur#*=}
  elif [[ -z $kind && $cur == -* ]]; then
    kind="=$options"
  elif [[ -z $kind ]]; then
    [[ $is_variadic == 1 && $place -ge \${#arguments[@]} ]] && place=$((\${#arguments[@]} - 1))
    kind=\${arguments[place]:-}
    [[ -n $commands && -z $kind ]] && kind="=$commands"
  fi
  case $kind in
    file | directory)
      compopt -o filenames 2>/dev/null
      [[ $kind == file ]] && kind=-f || kind=-d
      COMPREPLY=($(compgen "$kind" -- "$cur"))
      ;;
    *) COMPREPLY=($(compgen -W "$(_evswitch_words "$kind")" -- "$cur")) ;;
  esac
  # Bash takes what stands before a colon for a word of its own.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")
  fi
}

complete -F _evswitch evswitch
`
}

/** '=release proxy' for words, and what it is called for anything else; 'other' is not completed. */
function kindText(value: ValueKind): string {
  return value.kind === 'words' ? `=${value.words.join(' ')}` : value.kind
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
